/** Text as it stands in HTML and XML, in content and in quoted attributes. What XML 1.0 cannot hold at all becomes `�`. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll(notXml, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** All but tab, line feed, carriage return and the characters from the space on, without halves of surrogate pairs. */
const notXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
