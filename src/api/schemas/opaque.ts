import { z } from 'zod';

/** An object that has a description of its own elsewhere: nothing is checked of it here. */
export function opaque<T extends object>(description: string): z.ZodCustom<T, T> {
  return z.custom<T>((value) => typeof value === 'object' && value !== null).meta({ type: 'object', description });
}
