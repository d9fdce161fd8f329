-- wrk script: one request of 2 KiB, whose @ID@ is another number each time. TARGET, BODY_FILE, RUN from the environment.
local target = os.getenv("TARGET")
local run = os.getenv("RUN") or "0"
local file = assert(io.open(os.getenv("BODY_FILE")))
local body = file:read("*a")
file:close()
local from, to = string.find(body, "@ID@", 1, true)
local before, after = string.sub(body, 1, from - 1), string.sub(body, to + 1)
local count = 0
local headers = { ["Content-Type"] = "application/json" }

function request()
  count = count + 1
  return wrk.format("POST", target, headers, before .. run .. "-" .. count .. after)
end

function done(summary)
  local bad = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "bad_status": %d, "broken": %d, "bytes": %d}\n', summary.requests,
    summary.duration, bad.status, bad.connect + bad.read + bad.write + bad.timeout, summary.bytes))
end
