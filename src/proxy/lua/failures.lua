-- Endpoints that failed and are set aside for a while, as nginx's max_fails and fail_timeout have it; known to all workers.
--
-- Two differences. An endpoint whose service says nothing of it is set aside only when it could not be reached: a request that an
-- application failed at is no reason to take the others from it. And when all are set aside, all are asked.
-- In the shared dictionary, each with an end: "f:<upstream> <endpoint>" is until when it rests, "n:<upstream> <endpoint>" how often it
-- failed. A rest is a change of "generation", so that workers learn of it as they do of tables; "rests_until" is the end of the last one.
-- A dictionary without room keeps a rest from the other workers, nothing else: nothing here takes the place of a table.

local unreachable = require("unreachable")

local dict = ngx.shared.interlock

local M = {
  -- When the last rest ends; 0 while there is none, so that the usual request does not look.
  latest = 0,
}

-- nginx's own defaults.
local max_fails, fail_timeout = 1, 10

-- Whether there is anything to ask for.
function M.any(now)
  if now >= M.latest then
    M.latest = 0
  end
  return M.latest > 0
end

-- A rest that would take longer than any can began before the clock went back.
function M.rests(peer, now)
  local left = (peer.rests or 0) - now
  return left > 0 and left < (peer.fail_timeout or fail_timeout) + 1
end

-- Call when "generation" moved.
function M.refresh()
  M.latest = dict:get("rests_until") or 0
end

-- Takes over which of an upstream rest. Call when it is asked for the first time since "generation" moved.
function M.recall(upstream)
  if M.latest == 0 then
    return
  end
  local list, place = upstream.peers, "f:" .. upstream.name .. " "
  for i = 1, #list do
    list[i].rests = dict:get(place .. list[i].name)
  end
end

-- Ends the rest of an endpoint that can be reached again.
function M.wake(upstream, peer)
  local key = upstream.name .. " " .. peer.name
  peer.rests = nil
  dict:delete("f:" .. key)
  dict:delete("n:" .. key)
  dict:incr("generation", 1, 0)
end

-- What belongs to an endpoint that left: at that address may soon be another task. Called by control.lua, so that nothing stays behind.
function M.forget(upstream, name)
  local key = upstream .. " " .. name
  dict:delete("f:" .. key)
  dict:delete("n:" .. key)
  dict:delete("k:" .. name)
  unreachable.forget(name)
end

-- Failures within `time`, which begins with the first.
local function failures(key, time)
  dict:safe_add("n:" .. key, 0, time)
  return dict:incr("n:" .. key, 1) or 0
end

local function set_aside(peer, key, most, time, now)
  peer.rests = now + time
  if peer.rests > M.latest then
    M.latest = peer.rests
  end
  if most > 1 then
    -- After its rest one more failure is enough, until it did without for as long.
    dict:safe_set("n:" .. key, most - 1, 2 * time)
  end
  if dict:safe_set("f:" .. key, peer.rests, time) then
    -- Two workers at once may leave the earlier end: then one of the two endpoints is asked again too early.
    if peer.rests > (dict:get("rests_until") or 0) then
      dict:safe_set("rests_until", peer.rests)
    end
    dict:incr("generation", 1, 0)
  end
end

-- Counts a failed attempt. `reached` tells whether there was a connection at all.
function M.count(upstream, peer, reached, now)
  if not reached then
    unreachable.note(peer)
  end
  local most = peer.max_fails or max_fails
  local time = peer.fail_timeout or fail_timeout
  if most == 0 or time == 0 or reached and not peer.max_fails or M.rests(peer, now) then
    return
  end
  local key = upstream.name .. " " .. peer.name
  if most == 1 or failures(key, time) >= most then
    set_aside(peer, key, most, time, now)
  end
end

return M
