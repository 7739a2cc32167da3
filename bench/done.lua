-- What a script of wrk ends with: what was measured, as JSON.

function done(summary, latency)
    local e = summary.errors

    io.write(string.format(
        'RESULT {"requests": %d, "us": %d, "errors": %d, "broken": %d, '
        .. '"p50": %.1f, "p99": %.1f, "p999": %.1f, "max": %.1f}\n',
        summary.requests, summary.duration, e.status,
        e.connect + e.read + e.write + e.timeout,
        latency:percentile(50), latency:percentile(99),
        latency:percentile(99.9), latency.max))
end
