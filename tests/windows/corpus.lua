-- Says all that the engine says of captures: corpus.lua LIBRARY LIST, a file with a path a line. In Lua 5.2 to 5.4, without Wireshark.
--
-- SPDX-License-Identifier: GPL-2.0-or-later

local library, list = ...
local engine = assert(assert(package.loadlib(library, "luaopen_ikewhy"))(), "the library does not find Lua")

local function number(data, at)
    local a, b, c, d = data:byte(at, at + 3)
    return a + b * 256 + c * 65536 + d * 16777216
end

-- The packets of a pcap file whose low bytes stand first.
local function packets(path)
    local file = assert(io.open(path, "rb"))
    local data = file:read("*a")
    file:close()
    assert(number(data, 1) == 0xA1B2C3D4, path)
    local found, at, link_type = {}, 25, number(data, 21)
    while at + 15 <= #data do
        local length = number(data, at + 8)
        table.insert(found, {
            time = number(data, at) + number(data, at + 4) / 1e6,
            original_length = number(data, at + 12),
            data = data:sub(at + 16, at + 15 + length),
            link_type = link_type,
        })
        at = at + 16 + length
    end
    return found
end

local function items(session, frame)
    local count = assert(engine.view(session, frame, true))
    for index = 1, count do
        local values = { engine.item(session, index) }
        for at = 1, 9 do values[at] = tostring(values[at]) end
        io.stdout:write(frame, "\t", table.concat(values, "\t"), "\n")
    end
end

for path in io.lines(list) do
    local session, all = assert(engine.session_new()), packets(path)
    for frame, packet in ipairs(all) do
        local relative = packet.time - all[1].time
        assert(engine.push(session, frame, packet.time, relative, packet.data, nil, false, packet.link_type, packet.original_length) ~= nil)
    end
    io.stdout:write(path, "\n")
    for frame in ipairs(all) do items(session, frame) end
    for _, wanted in ipairs({ "report", "json" }) do
        assert(engine.write_begin(session, wanted))
        for piece in engine.write_next, session do io.stdout:write(piece) end
    end
    io.stdout:write(assert(engine.table(session)))
    assert(engine.session_free(session))
end
for _, registry in ipairs({ "fields", "rules", "preferences", "menu" }) do
    for _, entry in ipairs(engine[registry]()) do
        local keys = {}
        for key in pairs(entry) do table.insert(keys, key) end
        table.sort(keys)
        for _, key in ipairs(keys) do io.stdout:write(key, "=", tostring(entry[key]), "\n") end
    end
end
