/** A part of a page under a heading of its own. Both are markup; `id` is what a link to it names. */
export function section(heading: string, body: string, id?: string): string {
  return `<section${id === undefined ? '' : ` id="${id}"`}>\n<h2>${heading}</h2>\n${body}\n</section>`;
}
