-- One call over and over: a POST of BENCH_BODY, or a GET where there is none. Counts what is not
-- 2xx and, when it is over, prints one line of JSON. The key comes in BENCH_KEY.

wrk.headers["Content-Type"] = "application/json"
wrk.headers["x-api-key"] = os.getenv("BENCH_KEY")
if os.getenv("BENCH_BODY") then
  wrk.method = "POST"
  wrk.body = os.getenv("BENCH_BODY")
end

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  good, bad, first_bad = 0, 0, ""
end

function response(status, headers, body)
  if status >= 200 and status < 300 then
    good = good + 1
  else
    bad = bad + 1
    if first_bad == "" then
      -- Without what Lua's %q would write otherwise than JSON does.
      first_bad = status .. " " .. string.gsub(string.sub(body, 1, 200), "[%c\\\128-\255]", "?")
    end
  end
end

function done(summary, latency, requests)
  local good, bad, first_bad = 0, 0, ""
  for _, thread in ipairs(threads) do
    good = good + thread:get("good")
    bad = bad + thread:get("bad")
    if first_bad == "" then
      first_bad = thread:get("first_bad")
    end
  end
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\n{"good": %d, "bad": %d, "broken": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "first_bad": %q}\n',
    good, bad, broken, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, first_bad))
end
