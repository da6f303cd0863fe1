-- The id of a request that brings none: 32 hex digits, like nginx's own $request_id. Why not that one: OpenSSL's random numbers and the system
-- call in front of them take a microsecond of the twenty that a small request takes, and an id has to differ, not to be a secret.

local bit = require("bit")
local ffi = require("ffi")

local band, rshift, tobit = bit.band, bit.rshift, bit.tobit
local random, text = math.random, ffi.string

local M = {}

local digits = ffi.new("uint16_t[256]")
for n = 0, 255 do
  local pair = ("%02x"):format(n)
  -- As they stand in memory.
  ffi.copy(digits + n, pair, 2)
end

local pairs_of = ffi.new("uint16_t[16]")

-- Seeds the worker's random numbers: from the kernel's, since workers of different proxies have the same process ids and start together.
function M.seed()
  local file = io.open("/dev/urandom", "rb")
  local bytes = file and file:read(6)
  if file then
    file:close()
  end
  local seed = ngx.worker.pid() * 7919 + ngx.time()
  if bytes and #bytes == 6 then
    seed = 0
    for n = 1, 6 do
      seed = seed * 256 + bytes:byte(n)
    end
  end
  math.randomseed(seed)
end

local function write(at)
  local word = tobit(random() * 4294967296)
  pairs_of[at] = digits[band(word, 255)]
  pairs_of[at + 1] = digits[band(rshift(word, 8), 255)]
  pairs_of[at + 2] = digits[band(rshift(word, 16), 255)]
  pairs_of[at + 3] = digits[rshift(word, 24)]
end

-- Without a loop: LuaJIT compiles it into what calls it.
function M.new()
  write(0)
  write(4)
  write(8)
  write(12)
  return text(pairs_of, 32)
end

return M
