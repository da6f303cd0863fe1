-- How long a further attempt of a request may take to connect: all of them together wait at most twice as long as one may, so that a
-- node that was cut off costs each request that, and not four times ConnectTimeout.
--
-- Why not proxy_next_upstream_timeout: that counts the time an application worked on a request too, and a download that was cut after
-- a minute would not be asked for anew.

local gmatch = string.gmatch

-- `longest` is ConnectTimeout in seconds.
local M = { longest = 0 }

-- Attempts so far, and how long those took that did not get a connection.
local function waited(connect_times, response_times)
  local count, sum = 0, 0
  local took = gmatch(response_times, "[^,%s:]+")
  for connected in gmatch(connect_times, "[^,%s:]+") do
    count = count + 1
    local seconds = tonumber(took())
    if connected == "-" and seconds then
      sum = sum + seconds
    end
  end
  return count, sum
end

-- Seconds for the next attempt, of `tries` a request has; nil: as long as ConnectTimeout says. What is left is shared among those left.
-- `connect_times` and `response_times` are $upstream_connect_time and $upstream_response_time.
function M.share(tries, connect_times, response_times)
  if M.longest == 0 then
    return nil
  end
  local count, sum = waited(connect_times or "", response_times or "")
  local share = (2 * M.longest - sum) / math.max(1, tries - count)
  -- A connection over one network takes less than this, and no timeout at all would be none.
  return share < M.longest and math.max(share, 0.05) or nil
end

return M
