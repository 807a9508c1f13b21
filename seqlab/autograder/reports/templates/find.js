const field = document.querySelector("input[type=search]");
const count = document.querySelector("output");
const rows = [...document.querySelectorAll("tbody tr")];
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const texts = rows.map((row) => plain(row.textContent));
const find = () => {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  rows.forEach((row, i) => (row.hidden = !words.every((word) => texts[i].includes(word))));
  count.value = words.length ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
};
field.closest("[hidden]").hidden = false;
field.addEventListener("input", find);
find();
