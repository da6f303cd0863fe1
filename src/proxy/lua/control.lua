-- The agent's side of the tables (see ../README.md). Checks shapes, stores, counts the changes; decides nothing.

local json = require("json")

local dict = ngx.shared.interlock
local concat = table.concat

local M = {}

local function answer(status, text)
  ngx.status = status
  if text then
    ngx.print(text)
  end
  return ngx.exit(ngx.HTTP_OK)
end

local function body()
  ngx.req.read_body()
  local data = ngx.req.get_body_data()
  if data then
    return data
  end
  local path = ngx.req.get_body_file()
  local file = path and io.open(path, "rb")
  if not file then
    return ""
  end
  data = file:read("*a")
  file:close()
  return data
end

-- A word that cannot be mistaken for two: the stored forms are cut at tabs and line ends.
local function word(text)
  return type(text) == "string" and not text:find("[\t\r\n]")
end

local function address(text)
  if type(text) ~= "string" then
    return nil
  elseif text:find("^%d+%.%d+%.%d+%.%d+$") then
    return text
  elseif text:find(":", 1, true) and text:find("^[%x:.]+$") then
    return "[" .. text .. "]"
  end
end

local function endpoints_form(list)
  local parts = {}
  for i, endpoint in ipairs(list) do
    local host = type(endpoint) == "table" and address(endpoint[1])
    local port = host and tonumber(endpoint[2])
    if not port or port < 1 or port > 65535 or port % 1 ~= 0 then
      return nil
    end
    parts[i] = host .. "\t" .. port .. "\n"
  end
  return concat(parts)
end

local function routes_form(list)
  local parts = {}
  for i, route in ipairs(list) do
    if type(route) ~= "table" or not (word(route[1]) and word(route[2]) and word(route[3])) then
      return nil
    elseif route[1]:sub(1, 1) ~= "/" then
      return nil
    end
    parts[i] = route[1] .. "\t" .. route[2] .. "\t" .. route[3] .. "\n"
  end
  return concat(parts)
end

local function stored_form(key, list)
  if type(key) ~= "string" or type(list) ~= "table" then
    return nil
  elseif key:sub(1, 2) == "u:" then
    return endpoints_form(list)
  elseif key:sub(1, 2) == "h:" then
    return routes_form(list)
  end
end

-- False when there is no room; the old value then stays. A dictionary frees the old value before it looks for room, so it is
-- put back where it was.
local function store(key, form)
  local old = dict:get(key)
  if old == form or dict:safe_set(key, form) then
    return true
  end
  if old then
    dict:safe_set(key, old)
  end
  return false
end

-- Everything is checked before anything is stored.
function M.tables()
  local change, err = json.decode(body())
  if type(change) ~= "table" then
    return answer(400, err or "not an object")
  end
  local set, gone = change.set or {}, change.delete or {}
  if type(set) ~= "table" or type(gone) ~= "table" then
    return answer(400, "set and delete are lists")
  end
  local forms = {}
  for i, pair in ipairs(set) do
    forms[i] = type(pair) == "table" and stored_form(pair[1], pair[2])
    if not forms[i] then
      return answer(400, type(pair) == "table" and tostring(pair[1]) or "set")
    end
  end
  local full
  for i, pair in ipairs(set) do
    if not store(pair[1], forms[i]) then
      full = pair[1]
      break
    end
  end
  if not full then
    for _, key in ipairs(gone) do
      if type(key) == "string" and key:find("^[uh]:") then
        dict:delete(key)
      end
    end
  end
  dict:incr("generation", 1, 0)
  if full then
    return answer(507, full)
  end
  return answer(204)
end

function M.identity()
  return answer(
    200,
    ('{"structure":"%s","pid":%d,"generation":%d}'):format(
      ngx.var.interlock_structure,
      ngx.worker.pid(),
      dict:get("generation") or 0
    )
  )
end

function M.drain()
  local order = json.decode(body())
  local seconds = type(order) == "table" and tonumber(order.seconds)
  if not seconds or seconds < 0 then
    return answer(400, "seconds")
  end
  dict:set("drain_until", seconds > 0 and ngx.now() + seconds or 0)
  dict:incr("generation", 1, 0)
  return answer(204)
end

return M
