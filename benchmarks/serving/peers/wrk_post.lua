-- Posts one fixed body, and prints one line of JSON at the end: wrk -s wrk_post.lua URL -- BODY TYPE.
-- BODY is a file, TYPE its Content-Type; further arguments are headers, NAME=VALUE.

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*all")
    file:close()
    wrk.headers["Content-Type"] = arguments[2]
    for i = 3, #arguments do
        local name, value = arguments[i]:match("^([^=]+)=(.*)$")
        wrk.headers[name] = value
    end
end

-- Latencies and durations are in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
        summary.requests,
        summary.duration / 1e6,
        latency:percentile(50) / 1e3,
        latency:percentile(99) / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end
