-- Each request is of another person: claims of people drawn from all that are
-- in the store, or enrolments of new ones.  What was measured is printed as
-- wrk.lua does.

local people = tonumber(os.getenv("BENCH_PEOPLE"))
local first = tonumber(os.getenv("BENCH_FIRST"))
local enrol = os.getenv("BENCH_ENROL")
local pause = tonumber(os.getenv("BENCH_PAUSE"))
local samples = {}
local head = "POST %s HTTP/1.1\r\nHost: localhost\r\n"
    .. "Content-Type: application/json\r\nContent-Length: "

for line in io.lines(os.getenv("BENCH_SAMPLES")) do
    samples[#samples + 1] = line
end

local enrolled = 0

function init()
    head = string.format(head, wrk.path)
    math.randomseed(os.time())
end

-- milliseconds before a connection's next request
if pause then
    function delay()
        return pause
    end
end

function request()
    local person

    if enrol then
        person = enrolled
        enrolled = enrolled + 1
    else
        person = math.random(0, people - 1)
    end

    local body = '{"UserID":' .. first + person .. ',"Phrase":"login",'
                 .. samples[person % #samples + 1]

    return head .. #body .. "\r\n\r\n" .. body
end

dofile(os.getenv("BENCH_DONE"))
