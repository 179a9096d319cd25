/* The test programs take a command with its words from each line of their input. */
#ifndef NOTIFY_TEST_COMMANDS_H
#define NOTIFY_TEST_COMMANDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4 };

/* Calls `run` with the words of each line that has any, NULL for those it lacks, until the input ends. */
static void run_commands(void (*run)(char **words))
{
	char *line = NULL;
	size_t capacity = 0;
	while (getline(&line, &capacity, stdin) > 0) {
		char *words[WORDS_MAX] = { NULL };
		char *rest = NULL;
		size_t count = 0;
		for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS_MAX;
		     word = strtok_r(NULL, " \n", &rest))
			words[count++] = word;
		if (count > 0)
			run(words);
	}
	free(line);
}

#endif
