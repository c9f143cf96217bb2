(()=>{"use strict";
const d=document,root=d.documentElement,all=(s,e=d)=>[...e.querySelectorAll(s)];
root.classList.add("js");
const toc=d.querySelector(".toc"),wide=matchMedia("(min-width:64.01rem)");
const place=()=>{toc.open=wide.matches};place();wide.addEventListener("change",place);

/* theme and folding */
const tools=d.querySelector(".tools");if(tools)tools.hidden=false;
const theme=d.querySelector("[data-theme-toggle]");
if(theme){let dark=matchMedia("(prefers-color-scheme:dark)").matches;
const show=()=>{theme.textContent=dark?"Light":"Dark";theme.setAttribute("aria-pressed",dark)};show();
theme.addEventListener("click",()=>{dark=!dark;root.dataset.theme=dark?"dark":"light";show()})}
const boxes=all("details.wp"),unfold=d.querySelector("[data-unfold]");
if(unfold)unfold.addEventListener("click",()=>{const on=unfold.getAttribute("aria-pressed")!=="true";
boxes.forEach(b=>b.open=on);unfold.setAttribute("aria-pressed",on);unfold.textContent=on?"Fold all":"Unfold all"});

/* a link into a folded box opens it */
const reveal=()=>{const t=d.getElementById(decodeURIComponent(location.hash.slice(1)));
if(!t)return;let b=t.closest("details");if(!b)return;while(b){b.open=true;b=b.parentElement.closest("details")}t.scrollIntoView()};
addEventListener("hashchange",reveal);if(location.hash)reveal();

/* where the reader is */
const links=new Map(all(".side a").map(a=>[a.hash.slice(1),a]));
const heads=all("h2[id],h3[id]").filter(h=>links.has(h.id));
let busy=false;
const mark=()=>{busy=false;let at=null;for(const h of heads){if(h.getBoundingClientRect().top<140)at=h;else break}
links.forEach(a=>{a.removeAttribute("aria-current");a.closest("li").classList.remove("here")});
if(!at)return;const a=links.get(at.id);a.setAttribute("aria-current","true");
let li=a.closest("li");while(li){li.classList.add("here");li=li.parentElement.closest("li")}};
addEventListener("scroll",()=>{if(!busy){busy=true;requestAnimationFrame(mark)}},{passive:true});mark();

/* long runs of boxes: a filter */
const field=(host,rows,text)=>{const bar=d.createElement("div");bar.className="find";
const label=d.createElement("label");label.textContent=text+" ";
const input=d.createElement("input");input.type="search";label.append(input);
const count=d.createElement("span");count.setAttribute("aria-live","polite");bar.append(label,count);
input.addEventListener("input",()=>{const q=input.value.toLowerCase();let n=0;
rows.forEach(r=>{const hit=r.textContent.toLowerCase().includes(q);r.hidden=!hit;n+=hit});
count.textContent=q?n+" of "+rows.length:""});host(bar)};
all("section").forEach(s=>{const list=all("details.wp",s);
if(list.length>7)field(b=>(list[0].previousElementSibling||list[0]).before(b),list,"Filter by control, resource, person")});

/* tables: filter and sort */
const figure=t=>{const m=t.replace(/[,\s]/g,"").match(/^[-+]?\d+(\.\d+)?/);return m?parseFloat(m[0]):NaN};
all("[data-sort]").forEach(box=>{
const table=box.querySelector("table"),body=table.tBodies[0],rows=[...body.rows].filter(r=>!r.classList.contains("sum")),sum=body.querySelector(".sum");
field(b=>box.prepend(b),rows,"Filter");
[...table.tHead.rows[0].cells].forEach((th,i)=>{const b=d.createElement("button");b.type="button";b.append(...th.childNodes);th.append(b);
b.addEventListener("click",()=>{const up=th.getAttribute("aria-sort")!=="ascending";
all("[aria-sort]",table).forEach(o=>o.removeAttribute("aria-sort"));th.setAttribute("aria-sort",up?"ascending":"descending");
const key=r=>r.cells[i].textContent.trim(),num=rows.every(r=>{const k=key(r);return k==="–"||!isNaN(figure(k))})&&th.classList.contains("r");
rows.sort((x,y)=>{const a=key(x),b=key(y);const c=num?(figure(a)||0)-(figure(b)||0):a<b?-1:a>b?1:0;return up?c:-c});
body.append(...rows);if(sum)body.append(sum)})})});
})();
