/*
 * The engine's part of replication.  A person is a hash: "e" their epoch, "l"
 * the host and mark that forgot them last, and for each phrase
 *
 *     version floor kind author value
 *
 * where kind is v for a value or f for one that was forgotten, and author is
 * host and mark of the floor, or "-".
 *
 * What a change may be: P forgets a person; w writes, r replaces, n forgets
 * and writes, f forgets a phrase; E, k and K restore what the engine has lost,
 * of a person, a value and a forgotten phrase.
 *
 * What a script has written stays where a later command of it is refused, by
 * an ACL for example.  So a change is published before it is made: an entry of
 * the stream that names no change is harmless, a change that none names is not.
 */


#include "redis_script.h"


const char  keyauth_script_change[] =
    "local p, s, op, field = KEYS[1], KEYS[2], ARGV[1], ARGV[2]\n"
    "local base, floor = tonumber(ARGV[3]), tonumber(ARGV[4])\n"
    "local epoch, id = tonumber(ARGV[5]), ARGV[6]\n"
    "local e = tonumber(redis.call('HGET', p, 'e') or '0')\n"
    "local function text(n) return string.format('%.0f', n) end\n"
    "local function after(n)\n"
    "  local t = redis.call('TIME')\n"
    "  return math.max(tonumber(t[1]) * 1000000 + tonumber(t[2]), n + 1)\n"
    "end\n"
    "local function publish(v)\n"
    "  redis.call('XADD', s, 'MAXLEN', '~', ARGV[7], '*', 'u', ARGV[8],\n"
    "             'p', field, 'e', text(e), 'v', text(v))\n"
    "end\n"
    "local function forget()\n"
    "  redis.call('DEL', p)\n"
    "  redis.call('HSET', p, 'e', text(e), 'l', id)\n"
    "end\n"
    "if op == 'P' or op == 'E' then\n"
    "  local n = e\n"
    "  if op == 'P' and redis.call('HGET', p, 'l') ~= id then\n"
    "    n = after(math.max(e, epoch - 1))\n"
    "  elseif op == 'E' then\n"
    "    n = math.max(e, epoch)\n"
    "  end\n"
    "  if n > e then\n"
    "    e = n\n"
    "    publish(0)\n"
    "    forget()\n"
    "  end\n"
    "  return {1, e, 0, 0}\n"
    "end\n"
    "if epoch < e then return {0, e, 0, 0} end\n"
    "local anew = epoch > e\n"
    "e = epoch\n"
    "local cur = not anew and redis.call('HGET', p, field)\n"
    "local v, f, kind, author = 0, 0, '', '-'\n"
    "if cur then\n"
    "  local a, b\n"
    "  a, b, kind, author = string.match(cur, '^(%d+) (%d+) (%a) (%S+) ')\n"
    "  v, f = tonumber(a), tonumber(b)\n"
    "end\n"
    "local function put(version, kind_of)\n"
    "  publish(version)\n"
    "  if anew then forget() end\n"
    "  redis.call('HSET', p, field, text(version) .. ' ' .. text(f) .. ' '\n"
    "             .. kind_of .. ' ' .. author .. ' ' .. ARGV[9])\n"
    "  return {1, e, version, f}\n"
    "end\n"
    "local refused = {0, e, 0, 0}\n"
    "if op == 'k' or op == 'K' then\n"
    "  if v > 0 and f >= floor then\n"
    "    if v == base then return {1, e, v, f} end\n"
    "    return refused\n"
    "  end\n"
    "  f, author = floor, '-'\n"
    "  return put(v > 0 and after(math.max(v, base)) or base,\n"
    "             op == 'k' and 'v' or 'f')\n"
    "end\n"
    "local seen = false\n"
    "if op == 'f' then\n"
    "  if kind == 'f' and v >= base then return {1, e, v, f} end\n"
    "  if author == id then return refused end\n"
    "elseif op == 'n' then\n"
    "  if author == id then\n"
    "    seen = true\n"
    "    if kind == 'v' then return refused end\n"
    "  elseif kind == 'f' and f > floor then\n"
    "    return refused\n"
    "  end\n"
    "elseif op == 'r' then\n"
    "  if author == id or f > floor then return refused end\n"
    "elseif v > 0 and v ~= base then\n"
    "  return refused\n"
    "end\n"
    "v = after(math.max(v, base))\n"
    "if floor > f then f, author = floor, '-' end\n"
    "if op ~= 'w' and not seen then f, author = v, id end\n"
    "return put(v, op == 'f' and 'f' or 'v')\n";


const char  keyauth_script_look[] =
    "local t = redis.call('HGETALL', KEYS[1])\n"
    "for i = 2, #t, 2 do t[i] = string.sub(t[i], 1, 96) end\n"
    "return t\n";
