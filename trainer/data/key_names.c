/*
 * Names of keys.
 */


#include <stdio.h>
#include <string.h>

#include "key_names.h"
#include "util.h"


static void keyauth_key_plain(char *plain, const char *name, size_t len);


/* as they are without case, blanks, "-", "_", and "Key." in front */
static const struct {
    const char  *name;
    const char  *types;
} keyauth_key_names[] = {
    { "space", " " }, { "spacebar", " " },
    { "return", "\n" }, { "enter", "\n" }, { "numpadenter", "\n" },
    { "tab", "\t" },
    { "period", "." }, { "dot", "." }, { "decimal", "." },
    { "numpaddecimal", "." },
    { "comma", "," }, { "semicolon", ";" }, { "colon", ":" },
    { "slash", "/" }, { "backslash", "\\" },
    { "minus", "-" }, { "hyphen", "-" }, { "underscore", "_" },
    { "equal", "=" }, { "equals", "=" }, { "plus", "+" },
    { "quote", "'" }, { "apostrophe", "'" }, { "backquote", "`" },
    { "grave", "`" },
    { "bracketleft", "[" }, { "bracketright", "]" },
    { "exclam", "!" }, { "at", "@" }, { "numbersign", "#" },
    { "dollar", "$" }, { "percent", "%" }, { "ampersand", "&" },
    { "asterisk", "*" },
    { "zero", "0" }, { "one", "1" }, { "two", "2" }, { "three", "3" },
    { "four", "4" }, { "five", "5" }, { "six", "6" }, { "seven", "7" },
    { "eight", "8" }, { "nine", "9" }
};


static const char *const keyauth_key_modifiers[] = {
    "shift", "shiftleft", "shiftright", "shiftl", "shiftr", "lshift",
    "rshift", "leftshift", "rightshift", "caps", "capslock", "control",
    "controlleft", "controlright", "controll", "controlr", "ctrl", "ctrll",
    "ctrlr", "leftctrl", "rightctrl", "lcontrol", "rcontrol", "alt",
    "altleft", "altright", "altl", "altr", "altgr", "altgraph", "leftalt",
    "rightalt", "meta", "metaleft", "metaright", "cmd", "cmdl", "cmdr",
    "command", "super", "win", "os", "osleft", "osright", "fn", "numlock"
};


/* codes of keys that are not at their character's */
static const struct {
    unsigned     code;
    const char  *name;
} keyauth_key_codes[] = {
    { 8, "backspace" }, { 9, "tab" }, { 13, "enter" }, { 16, "shift" },
    { 17, "ctrl" }, { 18, "alt" }, { 20, "capslock" }, { 91, "meta" },
    { 93, "meta" }, { 144, "numlock" }, { 186, ";" }, { 187, "=" },
    { 188, "," }, { 189, "-" }, { 190, "." }, { 191, "/" }, { 192, "`" },
    { 219, "[" }, { 220, "\\" }, { 221, "]" }, { 222, "'" }
};


#define keyauth_key_count(list)  (sizeof(list) / sizeof(list[0]))


static void
keyauth_key_plain(char *plain, const char *name, size_t len)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < len && n < KEYAUTH_KEY_NAME - 3; i++) {
        if (strchr(" _-", name[i]) == NULL) {
            plain[n++] = name[i] >= 'A' && name[i] <= 'Z'
                         ? (char) (name[i] + 32) : name[i];
        }
    }

    plain[n] = '\0';

    if (strncmp(plain, "key.", 4) == 0) {
        memmove(plain, plain + 4, n - 3);
    }
}


int
keyauth_key_named(char *out, const char *name, size_t len)
{
    char    plain[KEYAUTH_KEY_NAME];
    size_t  i;

    /* as Python prints a character */

    if (len == 3 && name[0] == name[2] && strchr("'\"", name[0]) != NULL) {
        name++;
        len = 1;
    }

    if (len == 1 && strchr("\r\n", *name) != NULL) {
        strcpy(out, "\n");
        return 0;
    }

    if (len == 0 || (len == 1 && *name == '\t')) {
        strcpy(out, len == 0 ? " " : "\t");
        return 0;
    }

    if (keyauth_utf8(name, len) == len) {
        memcpy(out, name, len);
        out[len] = '\0';
        *out = *out >= 'A' && *out <= 'Z' ? (char) (*out + 32) : *out;
        return 0;
    }

    if (len > 6 && strncmp(name, "Shift.", 6) == 0) {
        return keyauth_key_named(out, name + 6, len - 6);
    }

    keyauth_key_plain(plain, name, len);
    len = strlen(plain);

    if (len == 1) {
        strcpy(out, plain);
        return 0;
    }

    /* DOM's codes: KeyA, Digit1, Numpad1 */

    if ((len == 4 && strncmp(plain, "key", 3) == 0)
        || (len == 6 && strncmp(plain, "digit", 5) == 0)
        || (len == 7 && strncmp(plain, "numpad", 6) == 0))
    {
        out[0] = plain[len - 1];
        out[1] = '\0';
        return 0;
    }

    for (i = 0; i < keyauth_key_count(keyauth_key_names); i++) {
        if (strcmp(plain, keyauth_key_names[i].name) == 0) {
            strcpy(out, keyauth_key_names[i].types);
            return 0;
        }
    }

    snprintf(out, KEYAUTH_KEY_NAME, "[%.29s]", plain);

    for (i = 0; i < keyauth_key_count(keyauth_key_modifiers); i++) {
        if (strcmp(plain, keyauth_key_modifiers[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


int
keyauth_key_coded(char *out, unsigned code)
{
    char    text[16];
    size_t  i;

    for (i = 0; i < keyauth_key_count(keyauth_key_codes); i++) {
        if (keyauth_key_codes[i].code == code) {
            return keyauth_key_named(out, keyauth_key_codes[i].name,
                                     strlen(keyauth_key_codes[i].name));
        }
    }

    if (code >= 96 && code <= 105) {
        code -= 48;
    }

    if (code == ' ' || (code >= '0' && code <= '9')
        || (code >= 'A' && code <= 'Z'))
    {
        text[0] = (char) code;
        return keyauth_key_named(out, text, 1);
    }

    snprintf(text, sizeof(text), "code %u", code);

    return keyauth_key_named(out, text, strlen(text));
}


size_t
keyauth_key_typed(char *out, const char *s)
{
    size_t  n;

    if (*s == '\\' && s[1] != '\0' && strchr("nt\\", s[1]) != NULL) {
        strcpy(out, s[1] == 'n' ? "\n" : s[1] == 't' ? "\t" : "\\");
        return 2;
    }

    n = keyauth_utf8(s, strlen(s));

    if (n > 0) {
        keyauth_key_named(out, s, n);
    }

    return n;
}
