-- What soak.py loads a server with: SOAK_PATHS and SOAK_BODIES by turns, and
-- answers that have to be among SOAK_ANSWERS, each with its model's id.  All
-- three are separated by lines; what was seen is printed as JSON.

local function lines(name)
    local t = {}

    for line in (os.getenv(name) or ""):gmatch("[^\n]+") do
        t[#t + 1] = line
    end

    return t
end

local bodies, answers, threads = lines("SOAK_BODIES"), {}, {}
local turn = 0

for _, line in ipairs(lines("SOAK_ANSWERS")) do
    answers[line] = 0
end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

if os.getenv("SOAK_CLOSE") then
    wrk.headers["Connection"] = "close"
end

function setup(thread)
    thread:set("strange", 0)
    thread:set("seen", "")
    threads[#threads + 1] = thread
end

function request()
    turn = turn % #bodies + 1
    local path, body = bodies[turn]:match("^(%S+) (.*)$")

    return wrk.format(nil, path, nil, body)
end

function response(status, headers, body)
    if next(answers) == nil then
        return
    end

    local id = headers["Keyauth-Model"] or "none"
    local key = status .. " " .. id .. " " .. body

    if answers[key] == nil then
        strange = strange + 1
        seen = key

    elseif answers[key] == 0 then
        answers[key] = 1
        kinds = (kinds or 0) + 1
    end
end

function done(summary, latency)
    local e = summary.errors
    local strange, kinds, seen = 0, 0, ""

    for _, thread in ipairs(threads) do
        strange = strange + thread:get("strange")
        kinds = kinds + (thread:get("kinds") or 0)
        seen = seen .. thread:get("seen")
    end

    io.write(string.format(
        'RESULT {"requests": %d, "status": %d, "broken": %d, '
        .. '"strange": %d, "kinds": %d, "p50": %.1f, "p99": %.1f, '
        .. '"max": %.1f, "seconds": %.2f}\n',
        summary.requests, e.status, e.connect + e.read + e.write + e.timeout,
        strange, kinds, latency:percentile(50), latency:percentile(99),
        latency.max, summary.duration / 1e6))

    if seen ~= "" then
        io.write("STRANGE " .. seen .. "\n")
    end
end
