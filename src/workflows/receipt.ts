/** That a webhook's delivery has come: its id and memo say which, and Temporal lets no id be used twice. */
export async function receipt(): Promise<void> {}
