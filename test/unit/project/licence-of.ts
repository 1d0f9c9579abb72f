import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a licence's own text says, by the words that its kind has and no other of these. */
const marks: readonly [name: string, mark: RegExp][] = [
  ['Apache-2.0', /Apache License\s+Version 2\.0/],
  ['MIT', /Permission is hereby granted, free of charge/],
  ['ISC', /Permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose with or without fee/],
  ['BSD-3-Clause', /Redistribution and use in source and binary forms[\s\S]*(?:Neither the name|The names? of)/],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/],
  ['Unlicense', /This is free and unencumbered software released into the public domain/],
];

/** The licence in a folder, as its file's text has it; undefined: there is no such file, or it is none of those known. */
export function licenceOf(folder: string): string | undefined {
  for (const file of readdirSync(folder).filter((name) => /^(licen[cs]e|copying)/i.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const found = marks.find(([, mark]) => mark.test(text));
    if (found !== undefined) return found[0];
  }
  return undefined;
}
