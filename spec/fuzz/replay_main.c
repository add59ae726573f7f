/* Replays a corpus: the main program of a fuzzer that was not built with libFuzzer.
 * Each input is given to the fuzzer in a block of just its size, so that a sanitizer sees a look
 * beyond it. */
#include "spec/fuzz/fuzz.h"

#include <dirent.h>

static void fail(const char *what, const char *path)
{
    perror(path);
    fprintf(stderr, "replay: %s\n", what);
    exit(1);
}

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        fail("cannot open this input", path);
    long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        fail("cannot read this input", path);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
}

/* The number of inputs in a folder, all replayed. */
static size_t replay_folder(const char *folder)
{
    struct dirent *entry;
    size_t count = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        fail("cannot open this corpus", folder);
    while ((entry = readdir(dir))) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        replay_file(path);
        count++;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    size_t count = replay_folder(argv[1]);
    printf("%zu inputs replayed\n", count);
    return count ? 0 : 1;
}
