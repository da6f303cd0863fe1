-- Endpoints that entered their upstream just now and refuse: Swarm calls a task without a health check running before its application
-- listens. They rest as others do, but are knocked at, by one connection at a time, and woken when they open; and a request that none of
-- its upstream's endpoints took waits for that (record 0016).
--
-- In the shared dictionary "k:<endpoint>" is what the last knock found, for as long as that is to be believed.

local failures = require("failures")
local tables = require("tables")

local dict = ngx.shared.interlock
local random, sleep = math.random, ngx.sleep

local M = {
  -- Requests that may wait at one time, per worker; 0 where they may not.
  most_waiting = 0,
}

-- Seconds: how long an endpoint is fresh, how long a request waits at most, how long a knock may take, how long an open door is believed.
local fresh_for, longest, patience, believed = 15, 10, 0.3, 0.3
-- What a successful wait counts at least: nginx allows a request ten turns from location to location, each wait takes two.
local least = 2.5
-- Endpoints a worker knocks at while no request waits.
local most_watched = 64

-- A knock each 50 to 100 ms, so that not all who wait come at once.
local function pause()
  sleep(0.05 + 0.05 * random())
end

function M.fresh(peer, now)
  local age = now - (peer.entered or 0)
  return age >= 0 and age < fresh_for
end

-- Whether the endpoint takes connections; false also while somebody else is knocking.
local function open(peer)
  local key = "k:" .. peer.name
  local known = dict:get(key)
  if known ~= nil then
    return known
  end
  local mine, err = dict:safe_add(key, false, patience)
  if not mine and err == "exists" then
    return false
  end
  local socket = ngx.socket.tcp()
  socket:settimeout(patience * 1000)
  local opened = socket:connect(peer.address, peer.port) ~= nil
  if opened then
    socket:close()
  end
  dict:safe_set(key, opened, opened and believed or 0.05)
  return opened
end

-- Whether there is a fresh endpoint, and whether one opened; that is woken.
local function knock(upstream)
  local fresh, list = false, upstream.peers
  for i = 1, #list do
    local peer = list[i]
    if M.fresh(peer, ngx.now()) then
      fresh = true
      if open(peer) then
        if failures.rests(peer, ngx.now()) then
          failures.wake(upstream, peer)
        end
        return true, true
      end
    end
  end
  return fresh, false
end

local function current(name)
  tables.refresh()
  return tables.upstream(name)
end

local function find(upstream, name)
  for _, peer in ipairs(upstream and upstream.peers or {}) do
    if peer.name == name then
      return peer
    end
  end
end

local watched, count = {}, 0

-- Until it opens, leaves, is no longer fresh, or rests no longer.
local function watch(upstream_name, name)
  while not ngx.worker.exiting() do
    pause()
    local upstream = current(upstream_name)
    local peer = find(upstream, name)
    if not peer or not M.fresh(peer, ngx.now()) or not failures.rests(peer, ngx.now()) then
      return
    elseif open(peer) then
      return failures.wake(upstream, peer)
    end
  end
end

-- Call when a fresh endpoint refused. Nobody may be waiting for it: its rest ends all the same when it listens.
function M.watch(upstream, peer)
  dict:delete("k:" .. peer.name)
  local key = upstream.name .. " " .. peer.name
  if watched[key] or count >= most_watched or not failures.rests(peer, ngx.now()) then
    return
  end
  local started = ngx.timer.at(0, function(_, ...)
    local ok, err = pcall(watch, ...)
    watched[key], count = nil, count - 1
    if not ok then
      ngx.log(ngx.ERR, "knocking ended: ", err)
    end
  end, upstream.name, peer.name)
  if started then
    watched[key], count = true, count + 1
  end
end

-- Who waits, and when it last said so. A request whose client went away never says that it left, so two seconds of silence count as that.
local waiters, waiting = {}, 0

local function leave(waiter)
  if waiters[waiter] then
    waiters[waiter], waiting = nil, waiting - 1
  end
end

local function stay(waiter)
  if not waiters[waiter] then
    waiting = waiting + 1
  end
  waiters[waiter] = ngx.now()
end

local function enter(now)
  if waiting >= M.most_waiting then
    for waiter, said in pairs(waiters) do
      if now - said > 2 then
        leave(waiter)
      end
    end
    if waiting >= M.most_waiting then
      return nil
    end
  end
  local waiter = {}
  stay(waiter)
  return waiter
end

-- Waits until a fresh endpoint of the upstream opens. Returns how long the request waited altogether, `before` included, when it is to be
-- routed anew; nil when it is of no use.
function M.wait(name, before)
  local began, upstream = ngx.now(), current(name)
  local waiter = before < longest and upstream and enter(began)
  if not waiter then
    return nil
  end
  local fresh, opened
  repeat
    fresh, opened = knock(upstream)
    if not fresh or opened then
      break
    end
    pause()
    stay(waiter)
    upstream = current(name)
    -- Its endpoints left, so the answer is another one.
    opened = not upstream or #upstream.peers == 0
  until opened or before + ngx.now() - began > longest
  leave(waiter)
  return opened and before + math.max(least, ngx.now() - began) or nil
end

return M
