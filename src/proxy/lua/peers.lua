-- Round robin over the endpoints of an upstream, with those that just refused a connection set aside for a while.

local find = string.find

-- Seconds an endpoint rests after it refused (nginx's own default of fail_timeout), and attempts beyond the first.
local rest, most_retries = 10, 3

local M = {}

-- Endpoint name → when its rest ends. Per worker. `latest` is 0 while nobody rests, so that the usual request does not look.
local resting, latest = {}, 0

local function rests(peer, now)
  local ends = resting[peer.name]
  return ends ~= nil and ends > now
end

-- How often a request may go on to another endpoint.
function M.more_tries(upstream)
  local others = #upstream.peers - 1
  return others < most_retries and others or most_retries
end

-- The next in the round that does not rest; when all rest, simply the next.
function M.one(upstream)
  local list = upstream.peers
  local count, at = #list, upstream.last
  at = at < count and at + 1 or 1
  upstream.last = at
  if latest == 0 then
    return list[at]
  end
  local now = ngx.now()
  if now >= latest then
    resting, latest = {}, 0
    return list[at]
  end
  for step = 0, count - 1 do
    local i = (at + step - 1) % count + 1
    if not rests(list[i], now) then
      upstream.last = i
      return list[i]
    end
  end
  return list[at]
end

-- The last word of $upstream_addr or $upstream_connect_time: what belongs to the attempt before this one. nginx has begun the
-- record of this attempt already, which shows as a final " : ".
local function last(words)
  return string.match(words or "", "([^,%s]+)[,%s:]*$")
end

-- Another endpoint, after an attempt failed: one that this request did not try and that does not rest, else one it did not
-- try, else the next.
-- `tried` is $upstream_addr; `times` is $upstream_connect_time, "-" where no connection came about. A kept connection that its
-- application closed meanwhile is no refusal: it had connected.
function M.another(upstream, tried, times)
  local now = ngx.now()
  local failed = last(tried)
  if failed and last(times) == "-" then
    latest = now + rest
    resting[failed] = latest
  end
  tried = " " .. string.gsub(tried or "", ",", " ") .. " "
  local list, untried = upstream.peers, nil
  local count = #list
  for step = 1, count do
    local peer = list[(upstream.last + step - 1) % count + 1]
    if not find(tried, " " .. peer.name .. " ", 1, true) then
      if not rests(peer, now) then
        return peer
      end
      untried = untried or peer
    end
  end
  return untried or M.one(upstream)
end

return M
