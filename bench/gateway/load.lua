-- wrk script: 350-byte chat requests. MODE: unique | same | bypass | stream; RUN makes prompts of this run its own.
local mode = os.getenv("MODE") or "unique"
local run = os.getenv("RUN") or "0"
local model = os.getenv("MODEL") or "bench"
local body_bytes = 350

local fields = mode == "stream" and '"stream":true,"stream_options":{"include_usage":true},' or ""
fields = fields .. ((mode == "bypass" or mode == "stream") and '"temperature":0.7,' or '"temperature":0,')
local front = '{"model":"' .. model .. '",' .. fields .. '"messages":[{"role":"user","content":"request '
local back = '"}]}'
local filler = string.rep("abcdefghi ", body_bytes / 10)
local threads = 0
local count = 0
local whole

local function make(id)
  local start = front .. id .. " "
  local body = start .. string.sub(filler, 1, body_bytes - #start - #back) .. back
  return wrk.format("POST", "/v1/chat/completions", { ["Content-Type"] = "application/json" }, body)
end

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  whole = make("same")
end

function request()
  if mode == "same" then
    return whole
  end
  count = count + 1
  return make(run .. "-" .. number .. "-" .. count)
end

function done(summary, latency)
  local bad = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "bad_status": %d, "broken": %d, "p50_us": %d, "p95_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, bad.status, bad.connect + bad.read + bad.write + bad.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
