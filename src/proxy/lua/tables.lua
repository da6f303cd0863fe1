-- The tables as this worker sees them: values of the shared dictionary, taken apart once and kept until they change.
--
-- One read of "generation" per request tells whether anything changed at all; only then is a value that is asked for compared
-- with the one in the dictionary, and only when it differs is it taken apart again. The stored forms are made by control.lua.

local dict = ngx.shared.interlock
local gmatch, sub, random = string.gmatch, string.sub, math.random

-- What lives in a worker's memory is bounded even if hosts come and go for months.
local most_entries = 65536

local M = { drain_until = 0 }

local generation = -1
local hosts, upstreams, entries = {}, {}, 0

-- "path \t upstream \t profile \n" per route, longest path first. "/" becomes "", which matches everything.
local function parse_routes(raw)
  local routes = {}
  for path, upstream, profile in gmatch(raw, "([^\t\n]*)\t([^\t\n]*)\t([^\t\n]*)\n") do
    if sub(path, -1) == "/" then
      path = sub(path, 1, -2)
    end
    routes[#routes + 1] = { path = path, below = path .. "/", upstream = upstream, profile = profile }
  end
  return routes
end

-- "address \t port \n" per endpoint; IPv6 in brackets.
local function parse_upstream(raw)
  local peers = {}
  for address, port in gmatch(raw, "([^\t\n]*)\t(%d+)\n") do
    peers[#peers + 1] = { address = address, port = tonumber(port), name = address .. ":" .. port }
  end
  return { peers = peers, last = #peers > 0 and random(#peers) or 0 }
end

-- Call once at the start of a phase.
function M.refresh()
  local current = dict:get("generation")
  if current ~= generation then
    generation = current
    M.drain_until = dict:get("drain_until") or 0
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
  local value = parse(raw)
  cache[name] = { raw = raw, generation = generation, value = value }
  return value
end

-- The routes of a host ("*" for the default backend), or nil.
function M.host(name)
  return lookup(hosts, "h:", name, parse_routes)
end

-- The endpoints of an upstream and where its round stands, or nil.
function M.upstream(name)
  return lookup(upstreams, "u:", name, parse_upstream)
end

return M
