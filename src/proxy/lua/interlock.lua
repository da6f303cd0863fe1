-- What nginx's phases call (see render/nginx/servers.ts and tables.ts): which upstream, which endpoint.

local balancer = require("ngx.balancer")
local peers = require("peers")
local tables = require("tables")

local get_request = require("resty.core.base").get_request

local ngx, sub = ngx, string.sub

local M = {}

-- Once per worker. Every worker starts its rounds somewhere else, or all would begin with the same endpoint.
function M.start()
  math.randomseed(ngx.worker.pid() * 7919 + ngx.time())
end

-- The first route of the host (longest path first) whose path is a prefix of whole segments.
local function match(routes)
  local only = routes[1]
  if only.path == "" then
    return only
  end
  local uri = ngx.var.uri
  for i = 1, #routes do
    local route = routes[i]
    local path = route.path
    if path == "" or uri == path or sub(uri, 1, #route.below) == route.below then
      return route
    end
  end
end

-- Most requests go on to the balancer before nginx turns to another one: this hands over what was found for it. Only the address
-- of the request is compared; a later request at the same address was routed itself, and so has replaced it.
local routed_request, routed_upstream

-- Rewrite phase. Returns the upstream's name, ":none" when nobody published the address, ":idle" when nothing of it runs.
-- $host is already in lower case, without port and without trailing dot (ngx_http_validate_host).
function M.route()
  tables.refresh()
  if tables.drain_until > 0 and ngx.now() < tables.drain_until then
    ngx.var.interlock_drain = "yes"
  end
  local routes = tables.host(ngx.var.host) or tables.host("*")
  local route = routes and routes[1] and match(routes)
  if not route then
    return ":none"
  end
  local upstream = tables.upstream(route.upstream)
  if not upstream or #upstream.peers == 0 then
    return ":idle"
  end
  routed_request, routed_upstream = get_request(), upstream
  return route.upstream
end

local function use(peer)
  local ok, err = balancer.set_current_peer(peer.address, peer.port)
  if not ok then
    ngx.log(ngx.ERR, "endpoint not usable: ", peer.name, ": ", err)
  end
end

local function first(upstream)
  local more = peers.more_tries(upstream)
  if more > 0 then
    balancer.set_more_tries(more)
  end
  return use(peers.one(upstream))
end

-- Balancer phase, once per attempt.
function M.balance()
  if routed_request == get_request() then
    routed_request = nil
    return first(routed_upstream)
  end
  -- Another attempt, or a long upload lay in between: look again.
  tables.refresh()
  local upstream = tables.upstream(ngx.var.interlock_upstream)
  if not upstream or #upstream.peers == 0 then
    -- Gone since it was routed. The placeholder of the upstream block cannot be reached, so the answer is 502.
    return
  end
  if balancer.get_last_failure() then
    return use(peers.another(upstream, ngx.var.upstream_addr, ngx.var.upstream_connect_time))
  end
  return first(upstream)
end

return M
