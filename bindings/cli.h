/* The command line: what was asked, read once and checked.
 * Wrong usage is found here, before anything starts, with a message that names the argument and the
 * nearest right one. It opens the configuration file, and nothing else. Source: API.md section 12.
 */
#ifndef MW_BINDINGS_CLI_H
#define MW_BINDINGS_CLI_H

#include "core/server/config.h"

enum cli_command { CLI_SERVE, CLI_CHECK, CLI_NEW, CLI_CONSOLE, CLI_HELP, CLI_VERSION };

/* --set KEY=VALUE, and --host and its like, in the order in which they stood. */
struct cli_setting {
    const char *option; /* as it was given, "--port", for complaints */
    struct slice key, value;
};

struct cli {
    enum cli_command command;
    const char *target;      /* the script, or the folder of `new` */
    const char *config_file; /* --config; NULL */
    const char *socket;      /* of `console`: where it attaches; NULL: to the server that runs */
    const char *code;        /* of `console`, -e: what it evaluates; NULL: what it reads */
    bool reload;             /* false: --no-reload */
    bool sandbox;            /* --sandbox */
    bool json_log;           /* --log-format json */
    struct cli_setting *settings;
    size_t setting_count;
    bool refused; /* cli_configure said no */
};

/* The strings of argv must outlive it. False: `out_error` says what is wrong. Dispose either way.
 */
MUST_CHECK bool cli_parse(struct cli *cli, int argc, const char *const *argv,
                          struct buf *out_error);
void cli_dispose(struct cli *cli);

/* An engine_options_fn, `ud` the cli: the configuration file first, then the options. The file has
 * lines `key = value`, as --set has them; `#` begins a comment line. */
bool cli_configure(void *ud, struct config *config, struct buf *out_error);

/* What --help shows. */
void cli_help(struct buf *out);

#endif
