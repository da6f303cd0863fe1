-- Endpoints that could not be reached just now, for the agent to fetch and for core to look at: a bounded list in the shared dictionary.

local dict = ngx.shared.interlock

local M = {}

-- Core needs to know which services to look at, not how often. Beyond this many the oldest are dropped.
local most_noted = 200
local once_in = 1

-- An element of JSON; IPv6 without the brackets.
local function form(peer)
  return ('["%s",%d]'):format(peer.address:gsub("[%[%]]", ""), peer.port)
end

function M.note(peer)
  if dict:safe_add("r:" .. peer.name, true, once_in) then
    local count = dict:lpush("unreachable", form(peer))
    if count and count > most_noted then
      dict:rpop("unreachable")
    end
  end
end

-- The end of an entry does not free it in a dictionary that is never full; this does.
function M.forget(name)
  dict:delete("r:" .. name)
end

-- All of them, oldest first, as JSON. Whoever takes one has it alone.
function M.take()
  local list = {}
  while #list < most_noted do
    local one = dict:rpop("unreachable")
    if not one then
      break
    end
    list[#list + 1] = one
  end
  return "[" .. table.concat(list, ",") .. "]"
end

return M
