-- What wrk asks: one path for somebody drawn anew each time, or a batch of events.
-- KIND is get, acting, nobody, items or events; PATH_ASKED, SECRETS and ITEMS (files, a line each) say of whom and what.

local function lines(name)
  local found = {}
  for line in io.lines(os.getenv(name)) do found[#found + 1] = line end
  return found
end

local kind, path = os.getenv("KIND"), os.getenv("PATH_ASKED")
local secrets, items = lines("SECRETS"), lines("ITEMS")
local batch, sent = tonumber(os.getenv("BATCH")), 0
math.randomseed(tonumber(os.getenv("SEED")))

local function any(list) return list[math.random(#list)] end

local function row()
  sent = sent + 1
  local second = os.time() - math.random(10 * 86400)
  return string.format(
    '{"person":"c-%d","kind":"rating","item":%s,"stars":%.1f,"at":"%s"}',
    math.random(1000), any(items), math.random(10) / 2, os.date("!%Y-%m-%dT%H:%M:%SZ", second)
  )
end

function request()
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  if kind == "get" then
    headers["Authorization"] = "Token " .. any(secrets)
    return wrk.format("GET", (path:gsub("ITEM", any(items))), headers)
  elseif kind == "acting" then
    headers["Authorization"] = "Token " .. os.getenv("SERVICE")
    headers["Act-For"] = "m-" .. math.random(1000)
    return wrk.format("GET", path, headers)
  elseif kind == "nobody" then
    return wrk.format("GET", (path:gsub("ITEM", any(items))), headers)
  elseif kind == "items" then
    local own = {}
    for _ = 1, 10 do own[#own + 1] = string.format('{"item":%s,"stars":4.5}', any(items)) end
    local body = '{"items":[' .. table.concat(own, ",") .. '],"limit":12}'
    return wrk.format("POST", path, headers, body)
  end
  headers["Authorization"] = "Token " .. os.getenv("SERVICE")
  local rows = {}
  for n = 1, batch do rows[n] = row() end
  return wrk.format("POST", path, headers, "[" .. table.concat(rows, ",") .. "]")
end

function done(summary, latency, _)
  io.write(string.format(
    "RESULT %d %d %.3f %.3f %.3f %d\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  ))
end
