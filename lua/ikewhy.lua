-- ikewhy.lua
-- The portable Wireshark plugin: collects the bytes of frames that may matter, hands them to ikewhy's library, copies
-- its answer into the tree. It knows nothing about IKE; its fields and expert items come from the library's registry.
-- One script and one library beside it (ikewhy-engine.so, .dylib or .dll) for every Wireshark from 4.0 on.
--
-- With `tshark -2`, give a filter as well (`-2 -Y isakmp`): without one, Wireshark shows a script nothing but the bare
-- frames while it reads the capture, and what Wireshark decrypts or reassembles is missed.
--
-- `tshark -q -r FILE -X lua_script:ikewhy.lua -X lua_script1:report` prints what `-z ikewhy,report` does; so for json, table, explain.
--
-- Copyright the ikewhy authors
-- SPDX-License-Identifier: GPL-2.0-or-later

local INTERFACE = 2023232167 -- of the library, as this script knows it: a test says when to change it

-- What `tshark -G plugins` and About > Plugins show.
local function introduce(version)
    set_plugin_info({
        version = version,
        author = "the ikewhy authors",
        description = "Says why an IPsec negotiation failed",
    })
end

-- ---- The library ----------------------------------------------------------------------------------------------------

-- How far a library's headers say that it reaches, by the bytes it begins with; `at(offset, size)` is a number in it.
local reaches = {
    ["\127ELF\2\1"] = function(at, length) -- the sections' headers, most often at the very end; segments
        local first, last = at(32, 8), at(40, 8) + at(58, 2) * at(60, 2)
        if length < last then return last end
        for segment = first, first + (at(56, 2) - 1) * 56, 56 do
            last = math.max(last, at(segment + 8, 8) + at(segment + 32, 8))
        end
        return last
    end,
    ["\207\250\237\254"] = function(at) -- Mach-O: segments
        local command, last = 32, 0
        for _ = 1, at(16, 4) do
            if at(command, 4) == 0x19 then last = math.max(last, at(command + 40, 8) + at(command + 48, 8)) end
            command = command + math.max(at(command + 4, 4), 8)
        end
        return last
    end,
    ["MZ"] = function(at) -- PE: sections
        local header, last = at(60, 4), 0
        local first = header + 24 + at(header + 20, 2)
        for section = first, first + (at(header + 6, 2) - 1) * 40, 40 do
            last = math.max(last, at(section + 16, 4) + at(section + 20, 4))
        end
        return last
    end,
}

-- What is wrong with a library's length, or nil. Loading one that was cut off ends Wireshark when what is missing is touched.
local function damage(file)
    local length, expected = file:seek("end") or 0, 64 -- no header is shorter
    local function at(offset, size)
        if offset + size > length then error(offset + size, 0) end -- it has to reach that far
        file:seek("set", offset)
        local bytes, number = file:read(size), 0
        for index = size, 1, -1 do
            number = number * 256 + bytes:byte(index)
        end
        return number
    end
    file:seek("set")
    local head = file:read(6) or ""
    for magic, reach in pairs(reaches) do
        if length >= expected and head:sub(1, #magic) == magic then
            expected = tonumber((select(2, pcall(reach, at, length)))) or expected
        end
    end
    if length < expected then
        return ("is damaged (%.0f bytes, %.0f expected): install it again"):format(length, expected)
    end
end

-- The library's module, or nil and what is wrong.
local function load_library()
    local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or "./"
    local problem = nil
    for _, ending in ipairs({ "so", "dylib", "dll" }) do
        local path = folder .. "ikewhy-engine." .. ending
        local file = io.open(path, "rb")
        if file then
            local damaged = damage(file)
            file:close()
            local open, message
            if not damaged then open, message = package.loadlib(path, "luaopen_ikewhy") end
            local module = open and open()
            if damaged then
                problem = "its library does not load: ikewhy-engine." .. ending .. " " .. damaged
            elseif not open then
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

-- ---- What is wanted at the end of a capture ---------------------------------------------------------------------------

-- The arguments of `-X lua_script1:`. A script in a plugin folder has none: from 4.4 on, `require` gives it two of its own.
local wishes = { ... }
if gui_enabled() or debug.getinfo(1, "S").source == "@" .. tostring(wishes[2]) then wishes = {} end

-- With this name the script that works tells the one that was loaded once more for its arguments how to ask.
local SHARED = "ikewhy_print_at_end"

-- A mistake on the command line ends the program before it has begun, as with Wireshark's own statistics.
local function stop(words)
    io.stderr:write("ikewhy: ", words, "\n")
    os.exit(1)
end

-- A name is registered once: by the native plugin, if that is installed as well.
local registered, proto = pcall(Proto, "ikewhy", "IPsec negotiation diagnosis (ikewhy)")
if not registered then
    introduce("disabled: another ikewhy plugin is loaded")
    for _, wish in ipairs(wishes) do
        if not rawget(_G, SHARED) then stop("the native plugin is installed: use -z ikewhy," .. wish) end
        _G[SHARED](wish)
    end
    return
end

local isakmp, esp = Field.new("isakmp"), Field.new("esp")

local engine, problem = load_library()
if not engine then
    introduce("cannot work: " .. problem)
    _G[SHARED] = function() stop("cannot work: " .. problem) end
    if #wishes > 0 then _G[SHARED]() end
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
local newest  -- time of the newest frame that was not handed over
local told    -- how much of it the engine knows
local asked   -- does anybody ask for our fields in frames that are visited for the first time? nil if that must be asked anew

local function close_session()
    if session then engine.session_free(session) end
    session = nil
end

local in_trouble = false -- what was to be printed was not

-- Lua itself ends when plugins are reloaded, and with tshark: a script can say only here what tshark ends with.
local life = setmetatable({}, {
    __gc = function()
        close_session()
        if in_trouble then os.exit(2) end
    end,
})

local function read_preferences()
    enabled, info_column = proto.prefs.enabled, proto.prefs.info_column
end

proto.prefs_changed = read_preferences

function proto.init()
    close_session()
    session, ours, last, asked = life and engine.session_new(), {}, 0, nil
    newest, told = -math.huge, -math.huge
    if session and proto.prefs.peer_files ~= "" then engine.peer_files(session, proto.prefs.peer_files) end
    read_preferences()
end

-- ---- The first visit: is it worth a look, and what do we know of it? ------------------------------------------------

-- Each question to Wireshark costs a tenth of what the engine needs to read and judge a packet, a field's value a third, and a
-- field that is known here costs in each packet that has it. So what the engine can tell by itself is not asked.

-- The function behind `object[name]`, which saves half of a question: finding it by its name. (Or a way around, where a
-- Wireshark does not show it.)
local function getter(class, name)
    local of_class = debug.getregistry()[class]
    local getters = type(of_class) == "table" and rawget(of_class, "__getters")
    local get = type(getters) == "table" and rawget(getters, name)
    return type(get) == "function" and get or function(object) return object[name] end
end

local number, original_length = getter("Pinfo", "number"), getter("Pinfo", "len")
local absolute_time, relative_time = getter("Pinfo", "abs_ts"), getter("Pinfo", "rel_ts")
local source_port, destination_port = getter("Pinfo", "src_port"), getter("Pinfo", "dst_port")
local port_type = getter("Pinfo", "port_type")
local raw = Tvb.raw

-- Protocols whose presence makes a frame worth a look, whatever its ports.
local icmp, icmpv6 = Field.new("icmp"), Field.new("icmpv6")
local carriers = { Field.new("ah"), icmp, icmpv6 }

local TCP, UDP, NO_PORT = 2, 3, 0 -- types of ports
local ports = { [500] = true, [4500] = true, [1701] = true }

-- Cheap, for most frames of most captures end here.
local function worth_a_look(pinfo)
    local from, to = source_port(pinfo), destination_port(pinfo)
    if ports[from] or ports[to] then
        local carrier = port_type(pinfo)
        if carrier == UDP then return true end
        -- IKE and ESP in TCP (RFC 9329), which Wireshark need not know for what it is.
        if carrier == TCP and (from == 4500 or to == 4500) then return true end
    elseif from == 0 and to == 0 and port_type(pinfo) == NO_PORT and tostring(pinfo.net_src) ~= "" then
        return true -- IP without ports: perhaps a fragment
    end
    for index = 1, #carriers do
        if carriers[index]() then return true end
    end
    return false
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

-- EtherTypes that the engine looks behind.
local ether_types = {}
for _, number in ipairs({ 0x0800, 0x86DD, 0x8100, 0x88A8, 0x9100, 0x8847, 0x8848, 0x8864 }) do
    ether_types[string.char(math.floor(number / 256), number % 256)] = true
end

-- The link type: the one that puts Wireshark's addresses where they belong. (Asking for it would cost in every packet.)
local function guessed_link_type(data, pinfo)
    for _, candidate in ipairs(ip_begins) do
        if has_source(data, candidate[2], pinfo.net_src) then return candidate[1] end
    end
    if ether_types[data:sub(13, 14)] then return 1 end
    return -1
end

-- Where the innermost IP header begins: the last that has Wireshark's address. (An ICMP error quotes its receiver.)
local function ip_offset(data, pinfo)
    local innermost
    for _, offset in ipairs({ engine.ip_headers(data, original_length(pinfo)) }) do
        if has_source(data, offset, pinfo.net_src) then innermost = offset end
    end
    return innermost
end

local DECRYPTED_V1, DECRYPTED, REASSEMBLED_V1, REASSEMBLED_IP = 1, 2, 3, 5 -- kinds of what Wireshark makes

-- Fields that stand in data which Wireshark made from this frame and earlier ones, and what that data is; by what the engine
-- says of the frame. Each is as rare as can be: it is built wherever it occurs.
local made = {
    IKEv1 = { { Field.new("isakmp.payloadlength"), DECRYPTED_V1 } },
    IKEv2 = { { Field.new("isakmp.enc.decrypted"), DECRYPTED } },
    ESP = { { Field.new("l2tp"), DECRYPTED } },
}
made.fragment = { { isakmp, REASSEMBLED_V1 }, made.IKEv2[1], made.IKEv1[1] }
made.anything = {
    { Field.new("udp"), REASSEMBLED_IP }, made.fragment[1], made.IKEv2[1], made.IKEv1[1], made.ESP[1],
}

local function has_any(entries)
    for index = 1, #entries do
        if entries[index][1]() then return true end
    end
    return false
end

local unpack = table.unpack

-- Kind and bytes of each.
local function derived(tvb, needed)
    local entries = made[needed]
    if not entries or not has_any(entries) then return end
    local found, seen = {}, { tvb }
    for _, entry in ipairs(entries) do
        local field, kind = entry[1], entry[2]
        for _, value in ipairs({ field() }) do
            local source, new = value.source, true
            for _, other in ipairs(seen) do
                new = new and source ~= other
            end
            if new then
                table.insert(seen, source)
                table.insert(found, kind)
                table.insert(found, source:raw())
            end
        end
    end
    return unpack(found)
end

local frame_field = Field.new("frame") -- Wireshark builds it for any script that asks for fields

local take, push = engine.take, engine.push

-- Takes a frame that does not speak for itself, with all that Wireshark knows of it. In the first of two passes without a
-- filter there is not even the frame's own field: then it shows nothing.
local function tell_all(tvb, pinfo, frame, absolute, relative, data, is_isakmp)
    local length, link_type = original_length(pinfo), guessed_link_type(data, pinfo)
    is_isakmp = is_isakmp and not icmp() and not icmpv6() -- an error quotes a piece of it
    local kind, lost = engine.needs(link_type, data, is_isakmp)
    local hint = lost and ip_offset(data, pinfo) or nil
    -- Of a cut frame, Wireshark shows a script less than it found.
    if not is_isakmp and (#data < length or not frame_field()) then is_isakmp = nil end
    return push(session, frame, absolute, relative, data, is_isakmp, asked, link_type, length, hint, derived(tvb, kind))
end

-- Most frames are nobody's, so the engine is told what time it is only when it is asked something.
local function tell_time()
    if newest > told then
        told = newest
        engine.clock(session, newest)
    end
end

-- False if it is not ours; or else the number of its expert items, and words for the packet list.
local function hand_over(tvb, pinfo, frame)
    local is_isakmp = isakmp() ~= nil
    local speaks = is_isakmp or esp() ~= nil
    if not speaks and not worth_a_look(pinfo) then
        newest = math.max(newest, absolute_time(pinfo))
        return false
    end
    tell_time()
    local absolute, relative, data = absolute_time(pinfo), relative_time(pinfo), raw(tvb)
    if speaks then
        local answer, words = take(session, frame, absolute, relative, data, is_isakmp, asked)
        local kind = made[answer]
        if kind and not has_any(kind) then
            answer, words = take(session, frame, absolute, relative, data, is_isakmp, asked, true)
        end
        if not made[answer] and answer ~= "more" then return answer, words end
    end
    return tell_all(tvb, pinfo, frame, absolute, relative, data, is_isakmp)
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
    value = value or "" -- of expert items, texts are left out
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

local columns = getter("Pinfo", "cols")
local add, set_generated, add_expert_item = TreeItem.add, TreeItem.set_generated, TreeItem.add_proto_expert_info

local function finish(pinfo, tree, count, words)
    if not count then
        tree:add(proto, "ikewhy stopped after a fault of its own: " .. words):set_generated()
    elseif words and info_column then
        columns(pinfo).info:append(" [" .. words .. "]")
    end
end

local itself
local referenced = TreeItem.referenced

-- Does anybody ask for our fields: a tree to see, a filter, a column?
local function is_asked(tree)
    itself = itself or Dissector.get("ikewhy")
    return referenced(tree, itself)
end

local function draw_tree(tvb, pinfo, tree, frame, again)
    local count, words = engine.view(session, frame, again)
    draw_items(tvb, tree, count or 0)
    finish(pinfo, tree, count, words)
end

-- Expert items are counted, and columns filled, if nobody asks.
local function draw_expert_items(pinfo, tree, count, words)
    for index = 1, count or 0 do
        local _, field, _, _, _, _, rule = engine.item(session, index)
        local item = add(tree, fields[field], "")
        set_generated(item)
        add_expert_item(item, experts[rule])
    end
    finish(pinfo, tree, count, words)
end

function proto.dissector(tvb, pinfo, tree)
    if not enabled then return end
    local frame = number(pinfo)
    if frame > last then
        last = frame
        -- Who begins to ask later visits all frames again: until then, the answer stays.
        if asked == nil then asked = is_asked(tree) end
        local count, words = hand_over(tvb, pinfo, frame)
        if count == false then return end
        ours[frame] = true
        if asked then
            draw_tree(tvb, pinfo, tree, frame, false)
        elseif count ~= 0 or words then
            draw_expert_items(pinfo, tree, count, words)
        end
    else
        asked = nil
        if not ours[frame] then return end
        tell_time()
        if is_asked(tree) then
            draw_tree(tvb, pinfo, tree, frame, true)
        else
            draw_expert_items(pinfo, tree, engine.expert_items(session, frame, true))
        end
    end
end

register_postdissector(proto)

-- ---- tshark: answers at the end --------------------------------------------------------------------------------------

-- The preference redacts whatever else is wanted.
local function as_preferred(wanted)
    return wanted .. (proto.prefs.redact and ",redact" or "")
end

local function trouble(words)
    io.stderr:write("ikewhy: ", words, "\n")
    in_trouble = true
end

-- An error is one of the output.
local function put(text)
    local written, why = io.stdout:write(text)
    if not written then error(why, 0) end
end

-- In pieces: of many negotiations, a report is longer than all that is known of them.
local function print_report(wanted)
    local begun, problem = engine.write_begin(session, as_preferred(wanted))
    while begun do
        local piece
        piece, problem = engine.write_next(session)
        if not piece then break end
        put(piece)
    end
    if problem then trouble("stopped after a fault of its own: " .. problem) end
end

local function print_wish(wish)
    if wish == "table" then put(engine.table(session)) else print_report(wish) end
    local flushed, why = io.stdout:flush()
    if not flushed then error(why, 0) end
end

-- Needs no capture: prints and ends.
local function explain(name)
    local text = engine.explain(name)
    if not text then stop(('there is no diagnosis "%s"; explain lists all of them'):format(name)) end
    io.stdout:write(text)
    os.exit(0)
end

local to_print, listener = {}, nil

local function print_at_end(wish)
    if wish == "explain" or wish:sub(1, 8) == "explain," then explain(wish:sub(9)) end
    local understood, usage = wish == "table", nil
    if not understood then understood, usage = engine.check_wanted(wish) end
    if not understood then
        usage = usage:gsub("%-z ikewhy,", "-X lua_script1:") .. ", or table, or explain[,NAME]"
        stop(('cannot understand "-X lua_script1:%s"\nUsage: %s'):format(wish, usage))
    end
    table.insert(to_print, wish)
    if listener then return end
    listener = Listener.new("frame")
    function listener.draw()
        if not session then return end
        tell_time()
        for _, one in ipairs(to_print) do
            local written, why = pcall(print_wish, one)
            if not written then trouble("the output cannot be written: " .. tostring(why)) end
        end
    end
end

_G[SHARED] = print_at_end
for _, wish in ipairs(wishes) do
    print_at_end(wish)
end

-- ---- The menu: answers in windows ------------------------------------------------------------------------------------

if gui_enabled() then
    local function open(title, text)
        local window = TextWindow.new(title)
        window:set(text)
        window:add_button("Copy All", function() copy_to_clipboard(window:get_text()) end)
    end
    local function show(title, ask)
        if not session then return open(title, "No capture is open.") end
        tell_time()
        local text, problem = ask()
        open(title, text or "ikewhy cannot answer: " .. problem)
    end
    local function show_report(title, wanted)
        show(title, function() return engine.write(session, as_preferred(wanted)) end)
    end
    -- Asks for one text; titled as the entry itself.
    local function prompt(entry, answer)
        new_dialog(entry.path:match("[^/]*$"), answer, entry.prompt)
    end
    -- `file:///users/me/page.html`, whatever the system's paths look like.
    local function address_of(path)
        local encoded = path:gsub("\\", "/"):gsub("[^%w/._:~-]", function(byte) return ("%%%02X"):format(byte:byte()) end)
        return "file://" .. (encoded:sub(1, 1) == "/" and "" or "/") .. encoded
    end

    -- What an entry does, by its action.
    local actions = {}
    function actions.report(entry) show_report(entry.window, entry.arguments) end
    -- A script's windows hold text alone.
    function actions.show_table(entry)
        show(entry.window, function() return engine.table(session) end)
    end
    function actions.page(entry)
        show(entry.window, function()
            local path, problem = engine.write_page(session, as_preferred(entry.arguments))
            if not path then return nil, problem end
            browser_open_url(address_of(path))
            return "The report is in " .. path .. "\nIf no browser shows it, open this file with one. Only you can read it; it stays "
                .. "there until you delete it."
        end)
    end
    function actions.explain(entry)
        prompt(entry, function(name)
            name = (name or ""):match("^%s*(.-)%s*$")
            open(entry.window, engine.explain(name)
                or ('Nothing is known of "%s". Leave the field empty for a list of all verdicts.'):format(name))
        end)
    end
    -- Never a preference: Wireshark would write it to disk.
    function actions.check_psk(entry)
        prompt(entry, function(candidate)
            show(entry.window, function() return engine.check_psk(session, candidate) end)
        end)
    end

    for _, entry in ipairs(engine.menu()) do
        if actions[entry.action] then
            register_menu(entry.path, function() actions[entry.action](entry) end, MENU_TOOLS_UNSORTED)
        elseif register_packet_menu then
            -- The menu Tools does not tell a script which packet is selected. The packet's own menu does, from 4.2 on.
            register_packet_menu(entry.path, function(...)
                for _, field in ipairs({ ... }) do
                    if field.name == "ikewhy.stream" then
                        return show_report(entry.window, entry.arguments .. ",stream=" .. field.value)
                    end
                end
            end, "ikewhy.stream")
        end
    end
end
