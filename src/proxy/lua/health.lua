-- What a load balancer in front is told (see render/nginx/health.ts): whether this proxy should get new requests.

local tables = require("tables")
local waiting = require("waiting")

local M = {}

local function answer(status, word)
  ngx.status = status
  ngx.header["Content-Type"] = "text/plain"
  ngx.header["Cache-Control"] = "no-store"
  ngx.say(word)
  return ngx.exit(ngx.HTTP_OK)
end

-- Without whole tables it never serves, whether requests still wait for them or not; for certificates it waits as long as handshakes do.
function M.answer()
  tables.refresh()
  if tables.leaving then
    return answer(503, "draining")
  elseif tables.routes_until > 0 or waiting.for_certificates() then
    return answer(503, "starting")
  end
  return answer(200, "serving")
end

return M
