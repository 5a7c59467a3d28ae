-- ikewhy.lua
-- The portable Wireshark plugin: collects the bytes of frames that may matter, hands them to ikewhy's library, copies
-- its answer into the tree. It knows nothing about IKE; its fields and expert items come from the library's registry.
-- One script and one library beside it (ikewhy-engine.so, .dylib or .dll) for every Wireshark from 4.0 on.
--
-- With `tshark -2`, give a filter as well (`-2 -Y isakmp`): without one, Wireshark shows a script nothing but the bare
-- frames while it reads the capture, and what Wireshark decrypts or reassembles is missed.
--
-- Copyright the ikewhy authors
-- SPDX-License-Identifier: GPL-2.0-or-later

local INTERFACE = 1630602736 -- of the library, as this script knows it: a test says when to change it

-- What `tshark -G plugins` and About > Plugins show.
local function introduce(version)
    set_plugin_info({
        version = version,
        author = "the ikewhy authors",
        description = "Says why an IPsec negotiation failed",
    })
end

-- ---- The library ----------------------------------------------------------------------------------------------------

-- The library's module, or nil and what is wrong.
local function load_library()
    local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
    local problem = nil
    for _, ending in ipairs({ "so", "dylib", "dll" }) do
        local path = folder .. "ikewhy-engine." .. ending
        local file = io.open(path, "rb")
        if file then
            file:close()
            local open, message = package.loadlib(path, "luaopen_ikewhy")
            local module = open and open()
            if not open then
                problem = "its library does not load: " .. tostring(message)
            elseif not module then
                problem = "its library does not find Lua in this program"
            elseif module.interface ~= INTERFACE then
                problem = "its library belongs to another ikewhy.lua; copy both from one archive"
            else
                return module
            end
        end
    end
    return nil, problem or "its library, ikewhy-engine, is not beside ikewhy.lua"
end

-- A name is registered once: by the native plugin, if that is installed as well.
local registered, proto = pcall(Proto, "ikewhy", "IPsec negotiation diagnosis (ikewhy)")
if not registered then
    introduce("stands back: another ikewhy plugin is loaded")
    return
end

local isakmp = Field.new("isakmp")

local engine, problem = load_library()
if not engine then
    introduce("cannot work: " .. problem)
    function proto.dissector(_, _, tree)
        if isakmp() then
            tree:add(proto, "ikewhy cannot work: " .. problem):set_generated()
        end
    end
    register_postdissector(proto)
    return
end
introduce(engine.version)

-- ---- Registration, from the registry --------------------------------------------------------------------------------

local fields, kinds = {}, {} -- by the registry's index

local links = {
    none = frametype.NONE,
    request = frametype.REQUEST,
    response = frametype.RESPONSE,
    retransmission = frametype.RETRANS_PREV,
}

local makers = {
    group = function(f) return ProtoField.none(f.abbrev, f.name, f.description) end,
    number = function(f) return ProtoField.uint32(f.abbrev, f.name, base.DEC, nil, nil, f.description) end,
    text = function(f) return ProtoField.string(f.abbrev, f.name, base.NONE, f.description) end,
    frame = function(f) return ProtoField.framenum(f.abbrev, f.name, base.NONE, links[f.link], nil, f.description) end,
    duration = function(f) return ProtoField.relative_time(f.abbrev, f.name, f.description) end,
    real = function(f) return ProtoField.double(f.abbrev, f.name, f.description) end,
}

local own_fields = {}
for index, field in ipairs(engine.fields()) do
    kinds[index] = field.kind
    if field.kind == "protocol" then
        fields[index] = proto
    else
        fields[index] = makers[field.kind](field)
        table.insert(own_fields, fields[index])
    end
end
proto.fields = own_fields

local severities = {
    chat = expert.severity.CHAT,
    note = expert.severity.NOTE,
    warning = expert.severity.WARN,
    error = expert.severity.ERROR,
}

-- `ikewhy.psk_mismatch` for the rule psk-mismatch.
local experts = {}
for index, rule in ipairs(engine.rules()) do
    local name = "ikewhy." .. rule.id:gsub("-", "_")
    experts[index] = ProtoExpert.new(name, rule.title, expert.group.PROTOCOL, severities[rule.severity])
end
proto.experts = experts

for _, preference in ipairs(engine.preferences()) do
    local make = type(preference.default) == "boolean" and Pref.bool or Pref.string
    proto.prefs[preference.name] = make(preference.title, preference.default, preference.description)
end

-- ---- The life of a session: one capture -----------------------------------------------------------------------------

local enabled, info_column = true, true
local session -- the library's number of it
local ours    -- frame numbers that belong to a negotiation
local began   -- when the capture began: seconds and nanoseconds

local function close_session()
    if session then engine.session_free(session) end
    session = nil
end

-- Lua itself ends when plugins are reloaded.
local life = setmetatable({}, { __gc = close_session })

local function read_preferences()
    enabled, info_column = proto.prefs.enabled, proto.prefs.info_column
end

proto.prefs_changed = read_preferences

function proto.init()
    close_session()
    session, ours, began = life and engine.session_new(), {}, nil
    if session and proto.prefs.peer_files ~= "" then engine.peer_files(session, proto.prefs.peer_files) end
    read_preferences()
end

-- ---- The first visit: is it worth a look, and what do we know of it? ------------------------------------------------

-- Protocols whose presence makes a frame worth a look, whatever its ports.
local icmp, icmpv6 = Field.new("icmp"), Field.new("icmpv6")
local carriers = { isakmp, Field.new("esp"), Field.new("ah"), icmp, icmpv6 }

local UDP, NO_PORT = 3, 0 -- types of ports
local ports = { [500] = true, [4500] = true, [1701] = true }

-- Cheap, for most frames of most captures end here.
local function worth_a_look(pinfo)
    local from, to = pinfo.src_port, pinfo.dst_port
    if ports[from] or ports[to] then
        if pinfo.port_type == UDP then return true end
    elseif from == 0 and to == 0 and pinfo.port_type == NO_PORT and tostring(pinfo.net_src) ~= "" then
        return true -- IP without ports: perhaps a fragment
    end
    for index = 1, #carriers do
        if carriers[index]() then return true end
    end
    return false
end

-- LINKTYPE_ values of Wireshark's encapsulations.
local link_types = {}
for name, number in pairs({
    NULL = 0, ETHERNET = 1, PPP = 9, PPP_ETHER = 51, RAW_IP = 101, CHDLC = 104, LOOP = 108, SLL = 113,
    RAW_IP4 = 228, RAW_IP6 = 229, SLL2 = 276,
}) do
    if wtap_encaps[name] then link_types[wtap_encaps[name]] = number end
end

-- Where IP begins behind the link types that consist of little else.
local ip_begins = { { 101, 0 }, { 113, 16 }, { 276, 20 }, { 0, 4 } }

-- Is there an IP header at `offset` with the source address that Wireshark found?
local function has_source(data, offset, source)
    local version = math.floor((data:byte(offset + 1) or 0) / 16)
    if version == 4 and #data >= offset + 20 then
        return source == Address.ip(("%d.%d.%d.%d"):format(data:byte(offset + 13, offset + 16)))
    elseif version == 6 and #data >= offset + 40 then
        local words = ("%02x%02x:"):rep(8):sub(1, -2)
        return source == Address.ipv6(words:format(data:byte(offset + 9, offset + 24)))
    end
    return false
end

-- The link type when Wireshark does not tell: the one that puts Wireshark's addresses where they belong.
local function guessed_link_type(data, pinfo)
    if #data >= 14 then
        local sender = Address.ether(("%02x:%02x:%02x:%02x:%02x:%02x"):format(data:byte(7, 12)))
        if pinfo.dl_src == sender then return 1 end
    end
    for _, candidate in ipairs(ip_begins) do
        if has_source(data, candidate[2], pinfo.net_src) then return candidate[1] end
    end
    return -1
end

-- Seconds, and nanoseconds that may be many. Wireshark gives Lua a floating point number, which is good for about a
-- quarter of a microsecond; the time since the capture began is far more exact.
local function time_of(pinfo)
    local absolute, relative = pinfo.abs_ts, pinfo.rel_ts
    local function split(time)
        local seconds = math.floor(time)
        return { seconds, math.floor((time - seconds) * 1000000 + 0.5) * 1000 }
    end
    began = began or split(absolute - relative)
    local nanoseconds = began[2] + math.floor(relative * 1000000000 + 0.5)
    if math.abs(began[1] + nanoseconds / 1000000000 - absolute) > 0.00001 then
        began, nanoseconds = nil, nil -- a time reference was set: the beginning is elsewhere now
        local time = split(absolute)
        return time[1], time[2]
    end
    return began[1], nanoseconds
end

local encapsulation, interface = Field.new("frame.encap_type"), Field.new("frame.interface_id")
local ip, ipv6 = Field.new("ip"), Field.new("ipv6")

-- Where the innermost IP header begins, but not one that an ICMP error quotes.
local function ip_offset(tvb)
    local quoting, innermost = icmp() or icmpv6(), nil
    for _, header in ipairs({ ip(), ipv6() }) do
        local outside = not quoting or header.offset < quoting.offset
        if outside and header.source == tvb and header.offset >= (innermost or 0) then
            innermost = header.offset
        end
    end
    return innermost
end

-- Has the frame such a field, and set?
local function is_set(name)
    local flag = Field.new(name)
    return function()
        for _, value in ipairs({ flag() }) do
            if value.value then return true end
        end
        return false
    end
end

-- Fields that stand in data which Wireshark made from this frame and earlier ones, its name for that data, and what a
-- frame with such data has: to look at many fields takes time.
local made = {
    { Field.new("udp"), "Reassembled IPv4", Field.new("ip.reassembled.length") },
    { Field.new("udp"), "Reassembled IPv6", Field.new("ipv6.reassembled.length") },
    { isakmp, "Reassembled ISAKMP" },
    { Field.new("isakmp.enc.decrypted"), "Decrypted Data" },
    { Field.new("isakmp.typepayload"), "Decrypted IKE", is_set("isakmp.flag_e") }, -- of IKEv1
    { Field.new("l2tp"), "Decrypted Data" },
}

-- Names and octets of all such data. `message`: where the frame itself holds ISAKMP, if it is known to.
local function derived(tvb, message)
    local found, seen = {}, { tvb }
    local first, second = isakmp()
    local is_plain = message and first and not second and first.offset == message
    for _, entry in ipairs(made) do
        local field, name, needed = entry[1], entry[2], entry[3]
        local skip = needed and not needed() or field == isakmp and is_plain
        for _, value in ipairs(skip and {} or { field() }) do
            local source, new = value.source, true
            for _, other in ipairs(seen) do
                new = new and source ~= other
            end
            if new then
                table.insert(seen, source)
                table.insert(found, name)
                table.insert(found, source:raw())
            end
        end
    end
    return found
end

-- Did Wireshark find ISAKMP, and not just a piece of it that an ICMP error quotes? nil if nobody knows: of a cut frame,
-- Wireshark shows a script less than it found.
local function is_isakmp(cut)
    local found = isakmp() ~= nil and not icmp() and not icmpv6()
    if not found and cut then return nil end
    return found
end

local unpack = table.unpack

-- Is it ours?
local function hand_over(tvb, pinfo)
    local data = tvb:raw()
    local seconds, nanoseconds = time_of(pinfo)
    local kind = encapsulation()
    if not kind then -- the first of two passes, without a filter
        return engine.push(session, pinfo.number, seconds, nanoseconds, 0, guessed_link_type(data, pinfo), data, pinfo.len)
    end
    local number, link_type, length = interface(), link_types[kind.value] or -1, pinfo.len
    local lost, message = engine.find(link_type, data)
    return engine.push(session, pinfo.number, seconds, nanoseconds, number and number.value or 0, link_type, data, length,
        lost and ip_offset(tvb) or nil, is_isakmp(#data < length), unpack(derived(tvb, message)))
end

-- ---- Every visit: draw what ikewhy says -----------------------------------------------------------------------------

local function draw_item(parent, field, range, value, label, nanoseconds)
    local kind, item = kinds[field], nil
    if kind == "group" or kind == "protocol" then -- they have no value
        item = range and parent:add(fields[field], range) or parent:add(fields[field])
        if label then item:set_text(label) end
        return item
    elseif kind == "duration" then
        value = NSTime(value, nanoseconds)
    end
    value = value or "" -- of marks, texts are left out
    if range and label then return parent:add(fields[field], range, value, label) end
    if range then return parent:add(fields[field], range, value) end
    if label then return parent:add(fields[field], value, label) end
    return parent:add(fields[field], value)
end

local RUNNING, HIDDEN = 1, 2 -- looks of items

local itself

-- Does anybody ask for our fields: a tree to see, a filter, a column?
local function is_asked_for(tree)
    itself = itself or Dissector.get("ikewhy")
    return tree:referenced(itself)
end

-- Where nobody asks only what raises expert items is drawn: those are counted, and columns filled, all the same.
local function draw(tvb, pinfo, tree, again)
    local frame, captured = pinfo.number, tvb:len()
    local count, words = engine.view(session, frame, again, not is_asked_for(tree))
    if not count then
        tree:add(proto, "ikewhy stopped after a fault of its own: " .. words):set_generated()
        return
    end
    local last = { [0] = tree } -- drawn at each depth, from 1
    for index = 1, count do
        local depth, field, value, label, offset, length, rule, nanoseconds, look = engine.item(session, index)
        local range
        if length > 0 and offset < captured then
            range = tvb(offset, math.min(length, captured - offset))
        end
        local item = draw_item(last[depth], field, range, value, label, nanoseconds)
        if look ~= RUNNING then item:set_generated() end
        if look == HIDDEN then item:set_hidden() end
        last[depth + 1] = item
        -- With the rule's title, not the item's text: Expert Information and -z expert count equal ones.
        if rule then item:add_proto_expert_info(experts[rule]) end
    end
    if words and info_column then pinfo.cols.info:append(" [" .. words .. "]") end
end

function proto.dissector(tvb, pinfo, tree)
    if not enabled then return end
    if pinfo.visited then
        if ours[pinfo.number] then draw(tvb, pinfo, tree, true) end
    elseif worth_a_look(pinfo) then
        local mine, fault = hand_over(tvb, pinfo)
        if mine or fault then
            ours[pinfo.number] = true
            draw(tvb, pinfo, tree, false)
        end
    end
end

register_postdissector(proto)

-- ---- The menu: answers in windows ------------------------------------------------------------------------------------

if gui_enabled() then
    local function show(title, ask)
        local window = TextWindow.new(title)
        if not session then return window:set("No capture is open.") end
        local text, problem = ask()
        window:set(text or "ikewhy cannot answer: " .. problem)
        window:add_button("Copy All", function() copy_to_clipboard(window:get_text()) end)
    end
    -- The preference redacts whatever else is wanted.
    local function show_report(title, wanted)
        show(title, function()
            return engine.write(session, wanted .. (proto.prefs.redact and ",redact" or ""))
        end)
    end
    local register = {}
    function register.report(entry)
        register_menu(entry.path, function() show_report(entry.window, entry.arguments) end, MENU_TOOLS_UNSORTED)
    end
    -- The menu Tools does not tell a script which packet is selected. The packet's own menu does, from 4.2 on.
    function register.report_selected(entry)
        if not register_packet_menu then return end
        register_packet_menu(entry.path, function(...)
            for _, field in ipairs({ ... }) do
                if field.name == "ikewhy.stream" then
                    return show_report(entry.window, entry.arguments .. ",stream=" .. field.value)
                end
            end
        end, "ikewhy.stream")
    end
    -- Never a preference: Wireshark would write it to disk.
    function register.check_psk(entry)
        register_menu(entry.path, function()
            new_dialog(entry.path:match("[^/]*$"), function(candidate)
                show(entry.window, function() return engine.check_psk(session, candidate) end)
            end, entry.prompt)
        end, MENU_TOOLS_UNSORTED)
    end
    for _, entry in ipairs(engine.menu()) do
        register[entry.action](entry)
    end
end
