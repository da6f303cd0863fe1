-- Reads JSON, strictly enough for what the agent sends. Debian's nginx brings no JSON reader, and one of our own is smaller than
-- another C module in the image. null becomes nil.

local byte, char, find, sub, gsub = string.byte, string.char, string.find, string.sub, string.gsub

local M = {}
local value

local escapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function fail(at)
  error("not JSON at byte " .. at, 0)
end

local function skip(text, at)
  return find(text, "[^ \t\r\n]", at) or #text + 1
end

local function utf8(code)
  if code < 0x80 then
    return char(code)
  elseif code < 0x800 then
    return char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
  end
  -- Halves of pairs stay halves: no name of ours holds such a character.
  return char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local function text_at(text, at)
  local from, escaped = at + 1, false
  at = from
  while true do
    at = find(text, '["\\]', at) or fail(#text)
    if byte(text, at) == 34 then
      break
    end
    escaped, at = true, at + 2
  end
  local raw = sub(text, from, at - 1)
  if escaped then
    raw = gsub(raw, "\\(.)(%x?%x?%x?%x?)", function(letter, hex)
      return letter == "u" and utf8(tonumber(hex, 16)) or (escapes[letter] or letter) .. hex
    end)
  end
  return raw, at + 1
end

local function list_at(text, at)
  local list, n = {}, 0
  at = skip(text, at + 1)
  if byte(text, at) == 93 then
    return list, at + 1
  end
  while true do
    n = n + 1
    list[n], at = value(text, at)
    at = skip(text, at)
    local next = byte(text, at)
    if next == 93 then
      return list, at + 1
    elseif next ~= 44 then
      fail(at)
    end
    at = at + 1
  end
end

local function object_at(text, at)
  local object = {}
  at = skip(text, at + 1)
  if byte(text, at) == 125 then
    return object, at + 1
  end
  while true do
    at = skip(text, at)
    if byte(text, at) ~= 34 then
      fail(at)
    end
    local key
    key, at = text_at(text, at)
    at = skip(text, at)
    if byte(text, at) ~= 58 then
      fail(at)
    end
    object[key], at = value(text, at + 1)
    at = skip(text, at)
    local next = byte(text, at)
    if next == 125 then
      return object, at + 1
    elseif next ~= 44 then
      fail(at)
    end
    at = at + 1
  end
end

local words = { ["true"] = true, ["false"] = false }

function value(text, at)
  at = skip(text, at)
  local first = byte(text, at)
  if first == 34 then
    return text_at(text, at)
  elseif first == 91 then
    return list_at(text, at)
  elseif first == 123 then
    return object_at(text, at)
  end
  local _, last = find(text, "^[%w.+-]+", at)
  local word = last and sub(text, at, last) or fail(at)
  if word == "null" or words[word] ~= nil then
    return words[word], last + 1
  end
  return tonumber(word) or fail(at), last + 1
end

-- The value, or nil and what is wrong.
function M.decode(text)
  local ok, result, at = pcall(value, text, 1)
  if not ok then
    return nil, result
  end
  if skip(text, at) <= #text then
    return nil, "not JSON at byte " .. at
  end
  return result
end

return M
