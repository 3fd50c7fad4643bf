// Two unrelated parsers over mails (base64, a JSON list on standard input).
import { text } from "node:stream/consumers";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const found = [];
for (const encoded of JSON.parse(await text(process.stdin))) {
  const bytes = Buffer.from(encoded, "base64");
  const one = await PostalMime.parse(bytes);
  const two = await simpleParser(bytes, { skipTextToHtml: true, skipHtmlToText: true });
  found.push({
    "postal-mime": { subject: one.subject, from: one.from.name, text: one.text, html: one.html, count: one.headers.length },
    mailparser: { subject: two.subject, from: two.from.value[0].name, text: two.text, html: two.html, count: two.headerLines.length },
  });
}
console.log(JSON.stringify(found));
