/** The element of this selector. @throws when the page has none: it is a defect */
export function find<T extends HTMLElement>(within: ParentNode, selector: string, type: abstract new () => T): T {
  const found = within.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`page: found no ${selector}, expected one`);
}

export interface ElementParts {
  text?: string;
  attributes?: Record<string, string>;
  children?: readonly Node[];
}

/** A new element. Texts are set as texts, and never read as markup. */
export function element(name: string, { text, attributes = {}, children = [] }: ElementParts = {}): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Sets a text where it is another one than before. */
export function setText(within: HTMLElement, text: string): void {
  if (within.textContent !== text) within.textContent = text;
}
