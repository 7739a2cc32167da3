-- The request is the same every time, so wrk makes it once.

wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"

if os.getenv("BENCH_CLOSE") then
    wrk.headers["Connection"] = "close"
end

dofile(os.getenv("BENCH_DONE"))
