import { hash } from 'node:crypto';

const STYLE =
  'body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}';

/** Allows the style of the page, which has nothing else to load or run. */
export const ROOT_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A small HTML page with a link for each entry. */
export function rootPage(name: string, description: string, links: Readonly<Record<string, string>>): string {
  const items = Object.entries(links).map(([text, url]) => `<li><a href="${escape(url)}">${escape(text)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escape(name)}</title>
<style>${STYLE}</style>
<h1>${escape(name)}</h1>
<p>${escape(description)}</p>
<ul>${items.join('')}</ul>
</html>
`;
}

/** PUBLIC_URL can contain such characters. */
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
