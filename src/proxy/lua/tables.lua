-- The tables as this worker sees them: values of the shared dictionary, taken apart once and kept until they change.
--
-- One read of "generation" per request tells whether anything changed at all; only then is a value that is asked for compared
-- with the one in the dictionary, and only when it differs is it taken apart again. The stored forms are made by control.lua.

local failures = require("failures")
local sticky = require("sticky")

local dict = ngx.shared.interlock
local find, gmatch, gsub, sub, random = string.find, string.gmatch, string.gsub, string.sub, math.random

-- What lives in a worker's memory is bounded even if hosts come and go for months.
local most_entries = 65536

-- Times, 0 for never: until when every response closes its connection, until when requests and handshakes wait (waiting.lua).
local M = { drain_until = 0, routes_until = 0, certificates_until = 0, leaving = false }

local generation = -1
local hosts, upstreams, entries = {}, {}, 0

-- A line per route, longest path first: path, upstream, profile, flags, cookie, where HTTP and where HTTPS is sent. "/" becomes "",
-- which matches everything.
local route_line = ("([^\t\n]*)\t"):rep(6) .. "([^\t\n]*)\n"

-- `plain` routes need nothing but an upstream. `place` is the location that passes on what is not passed on in the usual one: all of
-- routes `apart`, and what is passed on under another address.
local function parse_route(path, upstream, profile, flags, cookie, http, https)
  if sub(path, -1) == "/" then
    path = sub(path, 1, -2)
  end
  local strip = find(flags, "s", 1, true) and path ~= ""
  local secure = find(flags, "o", 1, true) ~= nil
  local sends = secure or http ~= "" or https ~= "" or upstream == ""
  return {
    path = path,
    below = path .. "/",
    upstream = upstream,
    place = "@interlock_" .. profile,
    apart = profile ~= "default",
    plain = profile == "default" and not strip and not sends,
    sends = sends,
    secure = secure,
    http = http ~= "" and http or nil,
    https = https ~= "" and https or nil,
    -- How many segments are not passed on.
    segments = strip and select(2, gsub(path, "/", "")) or nil,
    -- What keeps a client, see sticky.lua: an nginx variable.
    cookie = cookie ~= "" and "cookie_" .. cookie or nil,
    address = find(flags, "a", 1, true) ~= nil,
  }
end

local function parse_routes(raw)
  local routes = {}
  for path, upstream, profile, flags, cookie, http, https in gmatch(raw, route_line) do
    routes[#routes + 1] = parse_route(path, upstream, profile, flags, cookie, http, https)
  end
  return routes
end

-- "address \t port \t max_fails \t fail_timeout in milliseconds \t when it entered \n" per endpoint, the latter three possibly empty; IPv6
-- in brackets.
-- `word` is the name as peers.lua looks for it among others.
local function parse_upstream(raw, name)
  local peers = {}
  for address, port, max_fails, fail_timeout, entered in gmatch(raw, "([^\t\n]*)\t(%d+)\t(%d*)\t(%d*)\t([%d.]*)\n") do
    local place = address .. ":" .. port
    peers[#peers + 1] = {
      address = address,
      port = tonumber(port),
      name = place,
      word = " " .. place .. " ",
      hash = sticky.endpoint(place),
      max_fails = tonumber(max_fails),
      fail_timeout = fail_timeout ~= "" and tonumber(fail_timeout) / 1000 or nil,
      entered = tonumber(entered),
    }
  end
  return { name = name, peers = peers, last = #peers > 0 and random(#peers) or 0, recalled = -1 }
end

-- Call once at the start of a phase.
function M.refresh()
  local current = dict:get("generation")
  if current ~= generation then
    generation = current
    failures.refresh()
    M.leaving = dict:get("leaving") == 1
    M.drain_until = M.leaving and math.huge or dict:get("drain_until") or 0
    M.routes_until = dict:get("routes_until") or 0
    M.certificates_until = dict:get("certificates_until") or 0
  end
end

local function lookup(cache, prefix, name, parse)
  local entry = cache[name]
  if entry and entry.generation == generation then
    return entry.value
  end
  local raw = dict:get(prefix .. name)
  if not raw then
    -- Unknown names are not remembered: clients can invent as many as they like.
    cache[name] = nil
    return nil
  end
  if entry and entry.raw == raw then
    entry.generation = generation
    return entry.value
  end
  if not entry then
    entries = entries + 1
    if entries > most_entries then
      hosts, upstreams, entries = {}, {}, 0
      cache = prefix == "h:" and hosts or upstreams
    end
  end
  local value = parse(raw, name)
  cache[name] = { raw = raw, generation = generation, value = value }
  return value
end

-- The routes of a host ("*" for the default backend), or nil.
function M.host(name)
  return lookup(hosts, "h:", name, parse_routes)
end

-- The endpoints of an upstream, which of them rest, and where its round stands; or nil.
function M.upstream(name)
  local upstream = lookup(upstreams, "u:", name, parse_upstream)
  if upstream and upstream.recalled ~= generation then
    upstream.recalled = generation
    failures.recall(upstream)
  end
  return upstream
end

return M
