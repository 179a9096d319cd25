#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A larger configuration file is a mistake, not a configuration. */
enum { CONFIG_BYTES_MAX = 16 * 1024 * 1024, READ_STEP_BYTES = 4096 };

static const char *const FIXED_FILES[] = {
	"/etc/mimo/notify_config.json",
	"/usr/local/etc/mimo/notify_config.json",
	"./notify_config.json",
	"./config/notify_config.json",
};

/* Existence is the only test, so that a broken file is noticed instead of silently replaced by the next
 * one. */
static bool exists(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0;
}

static const char *choose_file(void)
{
	const char *named = getenv("MIMO_NOTIFY_CONFIG");
	if (named != NULL && *named != 0 && exists(named))
		return named;
	for (size_t i = 0; i < sizeof FIXED_FILES / sizeof FIXED_FILES[0]; i++)
		if (exists(FIXED_FILES[i]))
			return FIXED_FILES[i];
	return NULL;
}

static bool read_all(int fd, struct bytes *text)
{
	while (text->used <= CONFIG_BYTES_MAX) {
		if (!bytes_reserve(text, READ_STEP_BYTES))
			return false;
		ssize_t count = read(fd, text->at + text->used, READ_STEP_BYTES);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count == 0;
		text->used += (size_t)count;
	}
	return false;
}

static bool read_file(const char *path, struct bytes *text)
{
	/* Not blocking, so that a named pipe in the place of the file cannot stop the caller for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	bool good = read_all(fd, text);
	close(fd);
	return good;
}

bool config_load(struct settings *settings, char **file, const char **problem)
{
	*file = NULL;
	*problem = "out of memory while reading the configuration";
	if (!settings_init(settings))
		return false;
	const char *path = choose_file();
	if (path == NULL) {
		*problem = NULL;
		return true;
	}
	*file = strdup(path);
	struct bytes text = { 0 };
	*problem = "the configuration file cannot be read";
	bool good = read_file(path, &text) && settings_apply(settings, text.at, text.used, problem);
	bytes_free(&text);
	return good;
}
