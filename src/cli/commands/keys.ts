import { command } from '../declare.ts';

export const keyCommands = [
  command({
    name: 'keys new',
    group: 'service',
    summary: 'makes a key for callers of the API, and its hash for the auth file',
    details: 'The key goes to standard output, what belongs into the file to standard error. Squall keeps neither.',
    arguments: [{ name: 'NAME', what: 'who calls with it: it stands in the audit' }],
    options: {},
    examples: [{ words: 'keys new ci', what: 'a key for a pipeline' }],
    run: async ({ words: [name = 'ci'] }) => (await import('../keys.ts')).printApiKey(name),
  }),
  command({
    name: 'keys hash',
    group: 'service',
    summary: 'prints the hash of a key that comes on standard input',
    arguments: [],
    options: {},
    examples: [{ words: 'keys hash < key', what: 'as the auth file has it' }],
    run: async () => (await import('../keys.ts')).printHash(),
  }),
  command({
    name: 'keys codec',
    group: 'service',
    summary: 'makes a key that encrypts what Temporal keeps, as SQUALL_CODEC_KEYS_FILE has it',
    arguments: [{ name: 'ID', what: 'it goes with every payload, and says which key decrypts it' }],
    options: {},
    examples: [{ words: 'keys codec 2026-11', what: 'named after its month' }],
    run: async ({ words: [id = 'a'] }) => (await import('../keys.ts')).printCodecKey(id),
  }),
  command({
    name: 'keys webhook',
    group: 'service',
    summary: 'makes a secret by which a sender signs its webhooks',
    arguments: [],
    options: {},
    examples: [{ words: 'keys webhook', what: 'for webhooks in the auth file, and for the sender' }],
    run: async () => (await import('../keys.ts')).printWebhookSecret(),
  }),
];
