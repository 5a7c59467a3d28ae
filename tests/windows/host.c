/* A program that runs a script in Lua, as Wireshark does: host SCRIPT [ARGUMENT...]
 *
 * With FAIL=N in the environment, the script is run N times, and each time one more allocation of Lua's succeeds before all others
 * fail: that has to be an error of Lua's, and the next state has to work.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static long left; /* allocations before all fail; less than 0: none does */

static void *allocate(void *unused, void *old, size_t old_size, size_t size)
{
    (void)unused;
    if (size == 0) {
        free(old);
        return NULL;
    }
    /* Lua counts on it that what becomes smaller always does. */
    if ((old == NULL || size > old_size) && left >= 0) {
        if (left == 0)
            return NULL;
        left--;
    }
    return realloc(old, size);
}

static int run(int count, char **arguments, long fail_at)
{
    left = -1;
    lua_State *lua = lua_newstate(allocate, NULL);
    luaL_openlibs(lua);
    int status = luaL_loadfile(lua, arguments[1]);
    for (int i = 2; i < count; i++)
        lua_pushstring(lua, arguments[i]);
    left = fail_at;
    if (status == LUA_OK)
        status = lua_pcall(lua, count - 2, 0, 0);
    if (status != LUA_OK && !(fail_at >= 0 && status == LUA_ERRMEM))
        fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    left = -1;
    lua_close(lua);
    return status;
}

int main(int count, char **arguments)
{
    const char *fail = getenv("FAIL");
    long most = fail ? strtol(fail, NULL, 10) : 0, errors = 0;

#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    if (count < 2)
        return 2;
    if (fail == NULL)
        return run(count, arguments, -1) == LUA_OK ? 0 : 1;
    for (long at = 0; at < most; at++) {
        int status = run(count, arguments, at);
        if (status == LUA_ERRMEM)
            errors++;
        else if (status != LUA_OK)
            return 1;
    }
    printf("\n%ld errors of %ld\n", errors, most);
    return errors > 0 ? 0 : 1;
}
