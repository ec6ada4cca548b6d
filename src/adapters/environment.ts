/** What every command finds around it, on the own node and on the others: English, no terminal, all system programs. */

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const COMMAND_ENV = { LC_ALL: 'C', TERM: 'dumb', PATH: SYSTEM_PATH } as const;

/** More than any command of ours prints in earnest; keeps one that runs wild from eating the agent's memory. */
export const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
