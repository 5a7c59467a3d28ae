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

local INTERFACE = 1568272907 -- of the library, as this script knows it: a test says when to change it

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

local isakmp, esp = Field.new("isakmp"), Field.new("esp")

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
local last    -- number of the last frame that was visited for the first time

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
    session, ours, last = life and engine.session_new(), {}, 0
    if session and proto.prefs.peer_files ~= "" then engine.peer_files(session, proto.prefs.peer_files) end
    read_preferences()
end

-- ---- The first visit: is it worth a look, and what do we know of it? ------------------------------------------------

-- Each question to Wireshark costs a tenth of what the engine needs to read and judge a packet, a field's value a third, and a
-- field that is known here costs in each packet that has it. So what the engine can tell by itself is not asked.

-- Protocols whose presence makes a frame worth a look, whatever its ports.
local icmp, icmpv6 = Field.new("icmp"), Field.new("icmpv6")
local carriers = { Field.new("ah"), icmp, icmpv6 }

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

-- Where the innermost IP header begins: the last that has Wireshark's address. (An ICMP error quotes its receiver.)
local function ip_offset(data, pinfo)
    local innermost
    for _, offset in ipairs({ engine.ip_headers(data, pinfo.len) }) do
        if has_source(data, offset, pinfo.net_src) then innermost = offset end
    end
    return innermost
end

-- Fields that stand in data which Wireshark made from this frame and earlier ones, and its name for that data; by what the
-- engine says of the frame.
local made = {
    IKEv1 = { { Field.new("isakmp.typepayload"), "Decrypted IKE" } },
    IKEv2 = { { Field.new("isakmp.enc.decrypted"), "Decrypted Data" } },
    ESP = { { Field.new("l2tp"), "Decrypted Data" } },
}
made.fragment = { { isakmp, "Reassembled ISAKMP" }, made.IKEv2[1], made.IKEv1[1] }
made.anything = { { Field.new("udp"), "Reassembled IP" }, made.fragment[1], made.IKEv2[1], made.IKEv1[1], made.ESP[1] }

local function has_any(entries)
    for index = 1, #entries do
        if entries[index][1]() then return true end
    end
    return false
end

local unpack = table.unpack

-- Name and octets of each.
local function derived(tvb, kind)
    local entries = made[kind]
    if not entries or not has_any(entries) then return end
    local found, seen = {}, { tvb }
    for _, entry in ipairs(entries) do
        local field, name = entry[1], entry[2]
        for _, value in ipairs({ field() }) do
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
    return unpack(found)
end

local encapsulation, interface = Field.new("frame.encap_type"), Field.new("frame.interface_id")
local link_type = -1 -- of the last frame that had to be asked for it
local raw = Tvb.raw

-- Is it ours? `found`: the ISAKMP, or else the ESP, that Wireshark found.
local function hand_over(tvb, pinfo, frame, found, is_isakmp)
    local data, length, hint = raw(tvb), pinfo.len, nil
    local at, kind, lost = engine.needs(link_type, data, is_isakmp)
    -- If the link type of an earlier frame led the engine to the same place, it is this one's, too.
    if not found or found.offset ~= at then
        local type = encapsulation()
        if not type then -- the first of two passes, without a filter
            local guess = guessed_link_type(data, pinfo)
            return engine.push(session, frame, pinfo.abs_ts, pinfo.rel_ts, 0, guess, data, length,
                guess < 0 and ip_offset(data, pinfo) or nil)
        end
        link_type = link_types[type.value] or -1
        is_isakmp = is_isakmp and not icmp() and not icmpv6() -- an error quotes a piece of it
        at, kind, lost = engine.needs(link_type, data, is_isakmp)
        hint = lost and ip_offset(data, pinfo) or nil
    end
    -- Of a cut frame, Wireshark shows a script less than it found.
    if not is_isakmp and #data < length then is_isakmp = nil end
    local number = interface()
    return engine.push(session, frame, pinfo.abs_ts, pinfo.rel_ts, number and number.value or 0, link_type, data, length,
        hint, is_isakmp, derived(tvb, kind))
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

local function draw_items(tvb, tree, count)
    local captured = tvb:len()
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
end

-- Field and rule of each item that raises an expert item.
local function draw_marks(tree, ...)
    for index = 1, select("#", ...), 2 do
        local field, rule = select(index, ...)
        local item = tree:add(fields[field], "")
        item:set_generated()
        item:add_proto_expert_info(experts[rule])
    end
end

local function finish(pinfo, tree, count, words, ...)
    if not count then
        tree:add(proto, "ikewhy stopped after a fault of its own: " .. words):set_generated()
    else
        if count > 0 then draw_marks(tree, ...) end
        if words and info_column then pinfo.cols.info:append(" [" .. words .. "]") end
    end
end

local itself
local referenced = TreeItem.referenced

local function draw(tvb, pinfo, tree, frame, again)
    itself = itself or Dissector.get("ikewhy")
    -- Does anybody ask for our fields: a tree to see, a filter, a column?
    if referenced(tree, itself) then
        local count, words = engine.view(session, frame, again)
        draw_items(tvb, tree, count or 0)
        finish(pinfo, tree, count, words)
    else -- expert items are counted, and columns filled, all the same
        finish(pinfo, tree, engine.marks(session, frame, again))
    end
end

function proto.dissector(tvb, pinfo, tree)
    if not enabled then return end
    local frame = pinfo.number
    if frame <= last then
        if ours[frame] then draw(tvb, pinfo, tree, frame, true) end
        return
    end
    last = frame
    local message = isakmp()
    local packet = message or esp()
    if packet or worth_a_look(pinfo) then
        local mine, fault = hand_over(tvb, pinfo, frame, packet, message ~= nil)
        if mine or fault then
            ours[frame] = true
            draw(tvb, pinfo, tree, frame, false)
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
