-- The endpoint of a request: in turn, or the one that keeps the client (sticky.lua), and not one that rests (failures.lua).

local failures = require("failures")
local knocking = require("knocking")
local sticky = require("sticky")

local find, gsub, string_match = string.find, string.gsub, string.match
local weight = sticky.weight

-- Attempts beyond the first: those that did not reach an application are not counted, so that several dead endpoints do not hide the one
-- that answers, as far as that is sensible. What they may take together is bounded in patience.lua.
local most_sent, most_retries = 3, 15

local M = {}

-- How often a request may go on to another endpoint.
function M.more_tries(upstream)
  local others = #upstream.peers - 1
  return others < most_sent and others or most_sent
end

-- The same, where none of them is reached.
function M.most_tries(upstream)
  local others = #upstream.peers - 1
  return others < most_retries and others or most_retries
end

-- The next in the round that does not rest; when all rest, simply the next.
local function next_in_turn(upstream)
  local list = upstream.peers
  local count, at = #list, upstream.last
  at = at < count and at + 1 or 1
  upstream.last = at
  if failures.latest == 0 then
    return list[at]
  end
  local now = ngx.now()
  if not failures.any(now) then
    return list[at]
  end
  for step = 0, count - 1 do
    local i = (at + step - 1) % count + 1
    if not failures.rests(list[i], now) then
      upstream.last = i
      return list[i]
    end
  end
  return list[at]
end

-- The endpoint that keeps the client; of those that do not rest, as long as there are such. `tried` are those this request has
-- tried: of them only when nothing else is left.
local function keeper(upstream, client, tried)
  local list = upstream.peers
  local now = failures.latest > 0 and ngx.now()
  local resting = now and failures.any(now)
  local best, best_class, best_weight
  for i = 1, #list do
    local peer = list[i]
    local class = 2
    if tried and find(tried, peer.word, 1, true) then
      class = 0
    elseif resting and failures.rests(peer, now) then
      class = 1
    end
    local own = weight(client, peer.hash)
    if not best or class > best_class or class == best_class and own > best_weight then
      best, best_class, best_weight = peer, class, own
    end
  end
  return best
end

-- The endpoint to ask first. `client` is a number of sticky.lua, or nil.
function M.one(upstream, client)
  if client then
    return keeper(upstream, client)
  end
  return next_in_turn(upstream)
end

-- The last word of $upstream_addr or $upstream_connect_time: what belongs to the attempt before this one. nginx has begun the
-- record of this attempt already, which shows as a final " : ".
local function last(words)
  return string_match(words or "", "([^,%s]+)[,%s:]*$")
end

local function named(upstream, name)
  local list = upstream.peers
  for i = 1, #list do
    if list[i].name == name then
      return list[i]
    end
  end
end

-- Counts the last attempt of a request as failed.
-- `tried` is $upstream_addr; `times` is $upstream_connect_time, "-" where no connection came about. A kept connection that its
-- application closed meanwhile is no refusal: it had connected.
function M.failed(upstream, tried, times)
  local peer = named(upstream, last(tried))
  if peer then
    local now, reached = ngx.now(), last(times) ~= "-"
    failures.count(upstream, peer, reached, now)
    if not reached and knocking.fresh(peer, now) then
      knocking.watch(upstream, peer)
    end
  end
end

-- The attempts of this turn: a request that waited (knocking.lua) had others before. Between turns is a " : ", too.
local function this_turn(tried)
  tried = gsub(tried, "[,%s:]+$", "")
  return string_match(tried, ".* : (.*)$") or tried
end

-- Whether a request may go on once more than more_tries() says, after an attempt that reached nobody. `times` is $upstream_connect_time.
function M.one_more(upstream, times)
  if last(times) ~= "-" then
    return false
  end
  local _, unreached = gsub(this_turn(times), "-", "")
  return unreached <= M.most_tries(upstream) - M.more_tries(upstream)
end

-- Another endpoint, after an attempt failed: one that this request did not try and that does not rest, else one it did not
-- try, else the next. `tried` is $upstream_addr.
function M.another(upstream, client, tried)
  local now = ngx.now()
  tried = " " .. gsub(this_turn(tried or ""), ",", " ") .. " "
  if client then
    return keeper(upstream, client, tried)
  end
  local list, untried = upstream.peers, nil
  local count = #list
  for step = 1, count do
    local peer = list[(upstream.last + step - 1) % count + 1]
    if not find(tried, peer.word, 1, true) then
      if not failures.rests(peer, now) then
        return peer
      end
      untried = untried or peer
    end
  end
  return untried or next_in_turn(upstream)
end

return M
