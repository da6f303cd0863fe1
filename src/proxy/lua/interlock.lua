-- What nginx's phases call (see render/nginx/routed.ts and tables.ts): which upstream, which endpoint.

local balancer = require("ngx.balancer")
local detour = require("detour")
local failures = require("failures")
local ids = require("ids")
local knocking = require("knocking")
local patience = require("patience")
local peers = require("peers")
local sticky = require("sticky")
local tables = require("tables")
local waiting = require("waiting")

local get_request = require("resty.core.base").get_request

local ngx, find, sub = ngx, string.find, string.sub

local M = {}

-- Whether requests that bring no id get one of ids.lua.
local gives_ids = false

-- Once per worker. Every worker starts its rounds somewhere else, or all would begin with the same endpoint.
-- `usual` and `more` are the seconds of patience.lua; `waiting_requests` how many may wait for an endpoint to open (knocking.lua); `ids_too`
-- says that nothing in nginx.conf but $reqid asks for the id of a request.
function M.start(usual, more, waiting_requests, ids_too)
  -- Only the first, and that is ConnectTimeout, where an nginx.conf of an older version is served still.
  patience.usual = usual or 0
  patience.more = more or patience.usual
  knocking.most_waiting = waiting_requests or 0
  gives_ids = ids_too == true
  ids.seed()
  waiting.start()
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
local routed_request, routed_upstream, routed_route

-- Where detour() leads: nginx calls it right after route(), before it turns to another request.
local detour_place, detour_target

local function turn(place, target)
  detour_place, detour_target = place, target
  ngx.var.interlock_detour = place
end

local function find_route()
  local routes = tables.host(ngx.var.host) or tables.host("*")
  return routes and routes[1] and match(routes)
end

-- Instead of nginx's own, which the map of $reqid (render/nginx/logs.ts) would take.
local function give_id()
  local var = ngx.var
  if not var.http_x_request_id then
    var.reqid = ids.new()
  end
end

-- Rewrite phase. Returns the upstream's name, ":none" when nobody published the address, ":idle" when nothing of it runs, ":moved"
-- when the client is sent elsewhere, ":wait" when the tables are not there yet.
-- $host is already in lower case, without port and without trailing dot (ngx_http_validate_host).
function M.route()
  tables.refresh()
  if tables.routes_until > 0 and waiting.for_routes() then
    turn(":wait", "")
    return ":wait"
  end
  local route = find_route()
  if not route then
    turn("@interlock_none", "")
    return ":none"
  end
  if gives_ids then
    give_id()
  end
  local target = ""
  if not route.plain then
    local place
    place, target = detour.of(route)
    if place then
      turn(place, target)
      return place == "@interlock_none" and ":none" or ":moved"
    end
  end
  local upstream = tables.upstream(route.upstream)
  if not upstream or #upstream.peers == 0 then
    turn("@interlock_idle", "")
    return ":idle"
  end
  if tables.drain_until > 0 and ngx.now() < tables.drain_until then
    turn(route.place .. "_drain", target)
  elseif route.apart or target ~= "" then
    turn(route.place, target)
  end
  routed_request, routed_upstream, routed_route = get_request(), upstream, route
  return route.upstream
end

local function take_detour()
  ngx.var.interlock_target = detour_target
  return ngx.exec(detour_place)
end

-- For a request that waited, where one may. What is then passed on in the usual way has a named location, too.
local function route_anew()
  detour_place, detour_target = "@interlock_default", ""
  ngx.var.interlock_upstream = M.route()
  return take_detour()
end

-- Rewrite phase too, only where route() has turned the request to another location. Where route() may not wait, this may.
function M.detour()
  if detour_place ~= ":wait" then
    return take_detour()
  end
  while waiting.for_routes() do
    waiting.a_moment()
  end
  return route_anew()
end

local function use(peer)
  local ok, err = balancer.set_current_peer(peer.address, peer.port)
  if not ok then
    ngx.log(ngx.ERR, "endpoint not usable: ", peer.name, ": ", err)
  end
  return ok
end

-- `longest` is what nginx.conf gives an attempt, in seconds.
local function first(upstream, route, longest)
  local more = peers.more_tries(upstream)
  local peer = peers.one(upstream, route and sticky.client(route))
  if more > 0 then
    balancer.set_more_tries(more)
  elseif patience.more > longest and not (failures.latest > 0 and failures.rests(peer, ngx.now())) then
    -- There is no other to go on to, and it is not known to fail.
    balancer.set_timeouts(patience.more)
  end
  return use(peer)
end

local function next_one(upstream, route, longest)
  local var = ngx.var
  local tried, times = var.upstream_addr, var.upstream_connect_time
  peers.failed(upstream, tried, times)
  if peers.one_more(upstream, times) then
    balancer.set_more_tries(1)
  end
  local share = patience.share(longest, 1 + peers.most_tries(upstream), times, var.upstream_response_time)
  if share then
    balancer.set_timeouts(share)
  end
  return use(peers.another(upstream, route and sticky.client(route), tried))
end

local function balance(longest)
  if routed_request == get_request() then
    routed_request = nil
    return first(routed_upstream, routed_route, longest)
  end
  -- Another attempt, or a long upload lay in between: look again.
  tables.refresh()
  local upstream = tables.upstream(ngx.var.interlock_upstream)
  if not upstream or #upstream.peers == 0 then
    -- Gone since it was routed. The placeholder of the upstream block cannot be reached, so the answer is 502.
    return
  end
  local route = find_route()
  if balancer.get_last_failure() then
    return next_one(upstream, route, longest)
  end
  return first(upstream, route, longest)
end

-- Balancer phase, once per attempt.
function M.balance()
  return balance(patience.usual)
end

-- The same for the upstreams whose connections the balancer keeps. Seconds and requests as for the plain one, in
-- render/nginx/tables.ts.
function M.balance_tls()
  if balance(patience.more) then
    balancer.enable_keepalive(4, 10000)
  end
end

-- Rewrite phase of the location that nginx's own 502 and 504 pass through: counts what the balancer is not asked after, a request's last
-- attempt. Where nothing of the request was sent and an endpoint may open any moment, the request waits for that and is routed anew.
-- Otherwise the client gets what it would have got.
function M.failed()
  tables.refresh()
  local var = ngx.var
  local name, times = var.interlock_upstream, var.upstream_connect_time
  local upstream = tables.upstream(name)
  if upstream then
    peers.failed(upstream, var.upstream_addr, times)
  end
  local waited = knocking.most_waiting > 0
    and times
    and not find(times, "%d")
    and knocking.wait(name, tonumber(var.interlock_waited) or 0)
  if not waited then
    return ngx.exit(ngx.status)
  end
  var.interlock_waited = waited
  -- Or the client would be told of this failure, whatever comes now.
  ngx.status = 200
  return route_anew()
end

-- Header filter of an nginx.conf that an operator's template made: there is no location of ours to say it. nginx has no way to be told
-- here, so its own "keep-alive" stands beside; RFC 9112 §9.3 lets "close" win, and most clients obey. HTTP/2 forbids the header, and an
-- upgrade has its own.
function M.close_when_draining()
  tables.refresh()
  if tables.drain_until > ngx.now() and ngx.status ~= 101 and (ngx.req.http_version() or 2) < 2 then
    ngx.header["Connection"] = "close"
  end
end

return M
