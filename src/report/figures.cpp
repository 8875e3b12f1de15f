#include "report/page.hpp"

namespace learningplane::report {

std::string_view figures_style() {
  return R"page(:root{--ink:#1c2733;--soft:#5b6b7a;--line:#dde3e9;--back:#f6f8fa;--card:#fff;--bad:#c2412d;--heat:47,111,222}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa8b5;--line:#33404c;--back:#141a20;--card:#1c242c;--bad:#f0806c}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
main{max-width:1160px;margin:0 auto;padding:24px 20px 60px}h1{font-size:22px;margin:0 0 2px;overflow-wrap:anywhere}h2{font-size:16px;margin:28px 0 4px}
.sub,.note{color:var(--soft);font-size:13px;margin:0 0 8px}.sub{overflow-wrap:anywhere}.panel,.tile{background:var(--card);border:1px solid var(--line);border-radius:8px}.panel{padding:8px 10px;margin-bottom:8px;overflow-x:auto}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:10px;margin:12px 0}.tile{padding:8px 12px}.tile b{display:block;font-size:21px}.tile span{color:var(--soft);font-size:13px}
.legend{color:var(--soft);font-size:13px;margin:0 0 6px}.legend span{white-space:nowrap;margin-right:14px}.legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin-right:5px}.legend i.box{height:11px;border-radius:2px}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}svg text.name{fill:var(--ink);font-size:12.5px;font-weight:600}svg text.value{fill:var(--ink)}
.two{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(460px,100%),1fr));gap:0 12px}
table{border-collapse:collapse;width:100%;font-size:13.5px}th,td{text-align:right;padding:4px 7px;border-bottom:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums;vertical-align:top}
th{color:var(--soft);font-weight:600}th:first-child,td:first-child,.left th,.left td{text-align:left}.left td:last-child{white-space:normal;font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
select{font:inherit;max-width:340px;padding:3px 6px;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:6px}
#tip{position:fixed;pointer-events:none;background:var(--ink);color:var(--back);padding:5px 8px;border-radius:5px;font-size:12.5px;display:none;white-space:pre;z-index:2})page";
}

// Data are drawn as they are: what is null is not known, and ends a line.
std::string_view figures_script() {
  return R"page('use strict';
const D=JSON.parse(document.getElementById('data').textContent),$=id=>document.getElementById(id);
const colours=['#2f6fde','#e07a1f','#1a9e77','#9b59b6','#0f8fa8','#6b7f1a','#b0457b','#8a6d3b','#3f51b5','#5b6b7a','#b8860b','#c2412d'],colour=i=>colours[i%colours.length];
const esc=s=>String(s).replace(/[&<>"]/g,c=>({'&':'&amp;','<':'&lt;','>':'&gt;','"':'&quot;'}[c]));
const no=x=>x===null||x===undefined;
const n0=x=>no(x)?'–':Math.round(x).toLocaleString('en'),pct=(x,d=1)=>no(x)?'–':(100*x).toFixed(d)+' %';
const g3=(x,d=3)=>no(x)?'–':x!==0&&(Math.abs(x)>=1e6||Math.abs(x)<1e-3)?x.toExponential(d-1):String(+(+x).toPrecision(Math.abs(x)>=1e3?Math.ceil(Math.log10(Math.abs(x)+1)):d));
const dur=s=>no(s)?'–':s<1?g3(s,2)+' s':s<100?g3(s)+' s':s<5400?g3(s/60)+' min':s<172800?g3(s/3600)+' h':g3(s/86400)+' d';
const stamp=t=>new Date(t).toISOString().slice(0,19).replace('T',' ');
const high=v=>v.reduce((a,b)=>!no(b)&&b>a?b:a,0);
const unit=(most,list)=>list.find(([f])=>most>=f)||list[list.length-1];
const L=62,R=20,T=10,B=20,W=1100;
const nice=(lo,hi,n)=>{const s=(hi-lo)/n||1,m=10**Math.floor(Math.log10(s)),f=s/m,step=(f>5?10:f>2?5:f>1?2:1)*m,out=[];for(let v=Math.ceil(lo/step-1e-9)*step;v<=hi+step*1e-6;v+=step)out.push(+v.toPrecision(12));return out};
function frame(w,h,[x0,x1],[y0,y1],xt,o={}){const X=x=>L+(x-x0)/(x1-x0||1)*(w-L-R),Y=y=>T+(y1-y)/(y1-y0||1)*(h-T-B);let s='';
  for(const v of nice(y0,y1,o.ticks||4))s+=`<line x1="${L}" x2="${w-R}" y1="${Y(v)}" y2="${Y(v)}" stroke="var(--line)"/><text x="${L-5}" y="${Y(v)+4}" text-anchor="end">${(o.fmt||g3)(v)}</text>`;
  for(const[v,t]of xt)s+=`<line x1="${X(v)}" x2="${X(v)}" y1="${T}" y2="${h-B}" stroke="var(--line)"/><text x="${X(v)}" y="${h-5}" text-anchor="${X(v)>w-R-24?'end':'middle'}">${t}</text>`;return{X,Y,s,w,h,x0,x1}}
const day=['Sun','Mon','Tue','Wed','Thu','Fri','Sat'];
/* Moments to mark between two times in milliseconds, at most some sixteen. */
function times(t0,t1){const S=1e3,M=6e4,H=36e5,A=24*H,span=t1-t0,out=[];
  const step=[S,2*S,5*S,10*S,30*S,M,2*M,5*M,10*M,30*M,H,2*H,4*H,8*H,A,2*A,7*A,14*A,30*A,90*A,365*A].find(s=>span/s<=16)||3650*A;
  for(let t=Math.ceil(t0/step)*step;t<=t1;t+=step){const d=new Date(t),i=d.toISOString();out.push([t,step>=30*A?i.slice(0,10):step>=A?`${day[d.getUTCDay()]} ${i.slice(5,10)}`:step>=M?(i.slice(11,16)==='00:00'?i.slice(5,10):i.slice(11,16)):i.slice(11,19)])}return out}
function line(F,xs,ys){let s='',on=false;ys.forEach((y,i)=>{if(no(y)){on=false;return}s+=(on?'L':'M')+F.X(xs[i]).toFixed(1)+' '+F.Y(y).toFixed(1);on=true});return s}
/* Each value holds until the next one. */
function steps(F,xs,ys,until){let s='',on=false;ys.forEach((y,i)=>{if(no(y)){if(on)s+='H'+F.X(xs[i]).toFixed(1);on=false;return}
  s+=(on?'H'+F.X(xs[i]).toFixed(1)+'V':'M'+F.X(xs[i]).toFixed(1)+' ')+F.Y(y).toFixed(1);on=true});return on?s+'H'+F.X(until).toFixed(1):s}
/* The ground under a line, run by run. */
function ground(F,xs,ys){let s='',run=[];const y0=F.Y(0).toFixed(1),flush=()=>{if(run.length)s+='M'+F.X(xs[run[0]]).toFixed(1)+' '+y0+run.map(i=>'L'+F.X(xs[i]).toFixed(1)+' '+F.Y(ys[i]).toFixed(1)).join('')+'V'+y0+'Z';run=[]};
  ys.forEach((y,i)=>no(y)?flush():run.push(i));flush();return s}
const svg=(w,h,s,l)=>`<svg viewBox="0 0 ${w} ${h}" role="img" aria-label="${esc(l)}">${s}</svg>`;
const path=(d,c,w=1.4,x='')=>`<path d="${d}" fill="none" stroke="${c}" stroke-width="${w}" stroke-linejoin="round" ${x}/>`;
const key=(c,t,cls='')=>`<span><i class="${cls}" style="background:${c}"></i>${esc(t)}</span> `;
const table=(head,rows)=>`<table><thead><tr>${head.map(h=>`<th>${esc(h)}</th>`).join('')}</tr></thead><tbody>${rows.map(r=>`<tr>${r.map(c=>`<td>${c}</td>`).join('')}</tr>`).join('')}</tbody></table>`;
const tiles=list=>list.map(([k,v])=>`<div class="tile"><b>${esc(v)}</b><span>${esc(k)}</span></div>`).join('');
/* What text(x) says of the place under the pointer. */
function hover(panel,F,text){const e=panel.querySelector('svg'),tip=$('tip');if(!e)return;e.onmousemove=ev=>{const r=e.getBoundingClientRect(),x=F.x0+((ev.clientX-r.left)/r.width*F.w-L)/(F.w-L-R)*(F.x1-F.x0);
  const t=x<F.x0||x>F.x1?null:text(x);if(!t){tip.style.display='none';return}tip.textContent=t;tip.style.display='block';tip.style.left=Math.min(ev.clientX+14,innerWidth-tip.offsetWidth-8)+'px';tip.style.top=ev.clientY+14+'px'};e.onmouseleave=()=>tip.style.display='none'}
const nearest=(xs,x)=>{let a=0,b=xs.length-1;while(a<b){const m=(a+b)>>1;if(xs[m]<x)a=m+1;else b=m}return a>0&&x-xs[a-1]<xs[a]-x?a-1:a};
/* Distributions, one above the other: p05 to p95 thin, p25 to p75 as a box with the median; a dot for the mean, a tick for p99. */
function boxes(w,rows,o){const h=26*rows.length+T+B+4,known=rows.filter(r=>r.d.count>0),l=Math.max(L,12+6.6*Math.max(...rows.map(r=>r.label.length)));
  if(!known.length)return svg(w,24,'<text x="6" y="16">nothing known</text>','nothing known');
  let lo=o.log?Math.min(...known.map(r=>r.d.p05)):Math.min(0,...known.map(r=>r.d.p05)),hi=Math.max(...known.map(r=>r.d.p99));if(!(hi>lo))hi=lo+(Math.abs(lo)||1);
  const f=o.log?v=>Math.log10(Math.max(v,lo)):v=>v,X=v=>l+(f(v)-f(lo))/(f(hi)-f(lo)||1)*(w-l-34);let s='';
  let marks=o.log?[1,2,5,10,20,30,60,120,300,600,1200,1800,3600,7200,14400,28800,86400,172800,604800,2592000].filter(v=>v>=lo&&v<=hi):nice(lo,hi,5);
  if(o.log&&marks.length<2)marks=[lo,hi];let last=-99;
  for(const v of marks){const x=X(v);if(x-last<46)continue;last=x;s+=`<line x1="${x}" x2="${x}" y1="${T}" y2="${h-B}" stroke="var(--line)"/><text x="${x}" y="${h-5}" text-anchor="middle">${o.fmt(v)}</text>`}
  rows.forEach((r,i)=>{const y=T+26*i+13,d=r.d;s+=`<text class="value" x="${l-8}" y="${y+4}" text-anchor="end">${esc(r.label)}</text>`;
   if(!d.count){s+=`<text x="${l+4}" y="${y+4}">none</text>`;return}
   s+=`<g><title>${esc(r.label)}: ${n0(d.count)} values; p05 ${o.fmt(d.p05)}, p25 ${o.fmt(d.p25)}, median ${o.fmt(d.median)}, p75 ${o.fmt(d.p75)}, p95 ${o.fmt(d.p95)}, p99 ${o.fmt(d.p99)}, max ${o.fmt(d.max)}; mean ${o.fmt(d.mean)}</title>`+
    `<line x1="${X(d.p05)}" x2="${X(d.p95)}" y1="${y}" y2="${y}" stroke="${r.c}" stroke-width="1.6"/><rect x="${X(d.p25)}" width="${Math.max(1.5,X(d.p75)-X(d.p25))}" y="${y-8}" height="16" rx="2" fill="${r.c}" opacity=".55"/>`+
    `<line x1="${X(d.median)}" x2="${X(d.median)}" y1="${y-8}" y2="${y+8}" stroke="var(--ink)" stroke-width="2"/><line x1="${X(d.p99)}" x2="${X(d.p99)}" y1="${y-5}" y2="${y+5}" stroke="${r.c}" stroke-width="1.6"/><circle cx="${X(Math.min(d.mean,hi))}" cy="${y}" r="2.6" fill="var(--card)" stroke="var(--ink)"/></g>`});
  return svg(w,h,s,o.label)}
)page";
}

}  // namespace learningplane::report
