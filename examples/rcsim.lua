-- Takes apart the packets that `rcsim run --pcap FILE` writes: IPv4 with protocol 253 and a header of 40 bytes.
--
--   tshark -X lua_script:examples/rcsim.lua -r packets.pcapng
--   Wireshark: copy it into the folder "Personal Lua Plugins" (Help, About, Folders)
--
-- Fields for filters: rcsim.class, rcsim.write, rcsim.number, rcsim.path, rcsim.pair, rcsim.sent, rcsim.copies.

local rcsim = Proto("rcsim", "rcsim remote copy")

local classes = {
  [1] = "write-data", [2] = "resend", [3] = "marker",
  [4] = "completion", [5] = "request", [6] = "read-data", [7] = "repair",
}

local f = {
  version = ProtoField.uint8("rcsim.version", "Version"),
  class = ProtoField.uint8("rcsim.class", "Class", base.DEC, classes),
  copies = ProtoField.uint8("rcsim.copies", "Copies made, or still to come"),
  sent = ProtoField.bool("rcsim.sent", "Captured at the sender"),
  path = ProtoField.uint32("rcsim.path", "Path"),
  number = ProtoField.uint64("rcsim.number", "Number of the sending on its path and direction"),
  write = ProtoField.uint64("rcsim.write", "Write"),
  pair = ProtoField.uint32("rcsim.pair", "Pair"),
  position = ProtoField.uint64("rcsim.position", "First block of the write (512 bytes each)"),
  size = ProtoField.uint32("rcsim.size", "Bytes of the write"),
}
rcsim.fields = f

function rcsim.dissector(buffer, pinfo, tree)
  if buffer:len() < 40 or buffer(0, 1):uint() ~= 1 then return 0 end
  local class = buffer(1, 1):uint()
  local copies, sent = buffer(2, 1):uint(), buffer(3, 1):uint() == 1
  pinfo.cols.protocol = "RCSIM"
  local top = tree:add(rcsim, buffer(0, 40))
  top:add(f.version, buffer(0, 1))
  top:add(f.class, buffer(1, 1))
  top:add(f.copies, buffer(2, 1))
  top:add(f.sent, buffer(3, 1))
  top:add(f.path, buffer(4, 4))
  top:add(f.number, buffer(8, 8))
  local info = (classes[class] or ("class " .. class)) .. " #" .. tostring(buffer(8, 8):uint64())
  if buffer(16, 4):uint() ~= 0xffffffff or buffer(20, 4):uint() ~= 0xffffffff then
    top:add(f.write, buffer(16, 8))
    info = info .. " w" .. tostring(buffer(16, 8):uint64())
  end
  if buffer(24, 4):uint() ~= 0xffffffff then
    top:add(f.pair, buffer(24, 4))
    top:add(f.position, buffer(28, 8))
    top:add(f.size, buffer(36, 4))
  end
  if sent and copies == 0 then info = info .. ", lost" end
  if sent and copies > 1 then info = info .. ", duplicated" end
  pinfo.cols.info = info .. (sent and "" or ", arrives")
  return 40
end

DissectorTable.get("ip.proto"):add(253, rcsim)
