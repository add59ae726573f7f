/* What the command line configures: the file of --config, then the options, in their order.
 * config_set_text checks every value; here each complaint gets the option or the line in front. */
#include "bindings/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool fail_to_read(const struct cli *cli, struct buf *out_error)
{
    buf_printf(out_error, "--config: cannot read %s: %s", cli->config_file, strerror(errno));
    return false;
}

static bool configure_line(const struct cli *cli, struct config *config, unsigned number,
                           struct slice line, struct buf *out_error)
{
    struct slice text = slice_trim(line);
    if (text.len == 0 || text.ptr[0] == '#')
        return true;
    size_t equals = slice_index(text, '=');
    if (equals == text.len) {
        buf_printf(out_error, "%s:%u: expected `key = value`, found \"%.*s\"", cli->config_file,
                   number, SLICE_ARG(text));
        return false;
    }
    struct slice key = slice_trim(slice_make(text.ptr, equals));
    struct slice value = slice_trim(slice_skip(text, equals + 1));
    buf_printf(out_error, "%s:%u: ", cli->config_file, number);
    if (!config_set_text(config, key, value, out_error))
        return false;
    buf_reset(out_error, 1024);
    return true;
}

static bool configure_file(const struct cli *cli, struct config *config, struct buf *out_error)
{
    FILE *file = fopen(cli->config_file, "r");
    if (!file)
        return fail_to_read(cli, out_error);
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool good = true;
    for (unsigned number = 1; good && (len = getline(&line, &cap, file)) >= 0; number++) {
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
            len--;
        good = configure_line(cli, config, number, slice_make(line, (size_t)len), out_error);
    }
    if (good && ferror(file))
        good = fail_to_read(cli, out_error);
    free(line);
    fclose(file);
    return good;
}

static bool configure_option(const struct cli_setting *setting, struct config *config,
                             struct buf *out_error)
{
    buf_printf(out_error, "%s: ", setting->option);
    if (!config_set_text(config, setting->key, setting->value, out_error))
        return false;
    buf_reset(out_error, 1024);
    return true;
}

bool cli_configure(void *ud, struct config *config, struct buf *out_error)
{
    struct cli *cli = (struct cli *)ud;
    bool good = !cli->config_file || configure_file(cli, config, out_error);
    for (size_t i = 0; good && i < cli->setting_count; i++)
        good = configure_option(&cli->settings[i], config, out_error);
    cli->refused = !good;
    return good;
}
