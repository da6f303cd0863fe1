-- Never up and empty: a started nginx has no tables, and until the agent has brought them, some tenths of a second later, requests and
-- handshakes wait. The dictionary says until when; 0 once the agent has said that they are there.

local tables = require("tables")

local M = {}

-- Seconds. An agent that needs longer is stuck: then clients get what there is, mostly the 503 page.
local most, step = 5, 0.05

-- Once per worker. One that takes another's place, or comes with a reload, finds both there and has nothing to wait for.
function M.start()
  local dict = ngx.shared.interlock
  dict:safe_add("routes_until", ngx.now() + most)
  dict:safe_add("certificates_until", ngx.now() + most)
end

-- True while requests wait. After tables.refresh().
function M.for_routes()
  return ngx.now() < tables.routes_until
end

-- True while handshakes wait.
function M.for_certificates()
  tables.refresh()
  return ngx.now() < tables.certificates_until
end

-- In phases that may yield: not set_by_lua, and not ssl_client_hello_by_lua either, for which nginx is not made (openresty/lua-resty-core#438).
function M.a_moment()
  ngx.sleep(step)
  tables.refresh()
end

return M
