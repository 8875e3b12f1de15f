#include "report/page.hpp"

#include "learningplane/json.hpp"

namespace learningplane::report {

// Plain SVG drawn by a few lines of script, so that the file opens anywhere, offline, for ever.
std::string_view page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane report</title>
<style>
:root{--ink:#1c2733;--soft:#5b6b7a;--line:#dde3e9;--back:#f6f8fa;--card:#fff;--good:#1a7f5a;--bad:#c2412d}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa8b5;--line:#33404c;--back:#141a20;--card:#1c242c;--good:#4cc38a;--bad:#f0806c}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 60px}h1{font-size:22px;margin:0 0 2px}h2{font-size:16px;margin:28px 0 8px}
.sub{color:var(--soft);margin:0 0 18px}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px}
.tile,.panel{background:var(--card);border:1px solid var(--line);border-radius:8px}.tile{padding:10px 12px}
.tile b{display:block;font-size:22px}.tile span{color:var(--soft);font-size:13px}.panel{padding:8px 10px;margin-bottom:8px}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
.legend{color:var(--soft);font-size:13px;margin:4px 0 8px}.legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin:0 5px 0 14px}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;padding:5px 8px;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.t{white-space:nowrap;font-variant-numeric:tabular-nums}pre{margin:0;white-space:pre-wrap;font:12.5px/1.4 ui-monospace,monospace}
summary{cursor:pointer}.move{font-weight:600}.bar{margin:8px 0}button{font:inherit;padding:4px 10px;border:1px solid var(--line);background:var(--card);color:var(--ink);border-radius:6px;cursor:pointer}
button[aria-pressed=true]{border-color:var(--ink)}#tip{position:fixed;pointer-events:none;background:var(--ink);color:var(--back);padding:5px 8px;border-radius:5px;font-size:12.5px;display:none;white-space:pre}
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p>
<div class="tiles" id="tiles"></div>
<h2 id="seen">What was seen and what was forecast, by site</h2>
<p class="legend" id="legend"></p><div id="charts"></div>
<div id="sizepart"><h2>What was used, and how large instances were, by application</h2>
<p class="legend" id="sizelegend"></p><div id="sizes"></div></div>
<h2 id="where">Where the application ran</h2><div class="panel" id="strip"></div>
<h2>Decisions, and why</h2>
<div class="bar"><button id="moves" aria-pressed="true">Moves</button> <button id="all" aria-pressed="false">All</button></div>
<div class="panel" style="overflow-x:auto"><table><thead><tr><th>Time (UTC)</th><th>Decision</th><th>Rule</th><th>Outcome</th><th>Why</th></tr></thead><tbody id="rows"></tbody></table></div>
<p class="sub" id="foot"></p></main><div id="tip"></div>
<script id="data" type="application/json">@DATA@</script>
<script>
'use strict';
const D=JSON.parse(document.getElementById('data').textContent),$=id=>document.getElementById(id);
const colours=['#2f6fde','#e07a1f','#1a9e77','#9b59b6','#c2412d','#6b7f1a','#0f8fa8','#b0457b'];
const names=Object.keys(D.sites),colour={};names.forEach((n,i)=>colour[n]=colours[i%colours.length]);
const ms=t=>Date.parse(t),hm=t=>new Date(t).toISOString().slice(11,16),dhm=t=>new Date(t).toISOString().slice(0,16).replace('T',' ');
const f3=x=>x===null||x===undefined?'unknown':x.toFixed(3);
const esc=s=>String(s).replace(/[&<>"]/g,c=>({'&':'&amp;','<':'&lt;','>':'&gt;','"':'&quot;'}[c]));
const scales=D.decisions.some(d=>names.includes(d.application));
$('title').textContent=scales?`${D.agent}: ${D.target} of ${names.length} application${names.length===1?'':'s'}`:`${D.agent}: ${D.target} on ${names.length} sites`;
const apps=Object.keys(D.sizes),sizes=apps.length>0;
if(sizes){if(!names.length)$('title').textContent=`${D.agent}: sizes of ${apps.length} application${apps.length===1?'':'s'}`;$('moves').textContent='Changes';$('where').hidden=$('strip').hidden=true;$('seen').hidden=$('legend').hidden=!names.length}
$('sizepart').hidden=!sizes;
if(scales){$('seen').textContent='What was seen and what was planned on, by application';$('where').hidden=$('strip').hidden=true;$('moves').textContent='Changes'}
const times=D.decisions.map(d=>ms(d.at)),ends=[...Object.values(D.sites),...Object.values(D.sizes)].flatMap(p=>p.length?[ms(p[0].at),ms(p[p.length-1].at)]:[]),
 t0=[...times,...ends].reduce((a,b)=>Math.min(a,b),Infinity),t1=[...times,...ends].reduce((a,b)=>Math.max(a,b),-Infinity)||t0+1;
$('sub').textContent=`${dhm(t0)} to ${dhm(t1)} UTC`+(D.constraint===null?'':`, constraint ${D.target} ≥ ${D.constraint}`);
const F=D.figures,pct=x=>x===null?'unknown':(100*x).toFixed(1)+' %';
[['decisions',F.decisions],[scales||sizes?'changes':'moves',F.moves],['held on unknown data',F.unknown_holds],...(sizes?[['killed for want of memory',F.kills]]:[]),...(scales||sizes?[]:[[`mean ${D.target} where it ran`,f3(F.mean_observed)],
 ['of decisions below the constraint',pct(F.share_below)],['forecast error (MAE)',f3(F.forecast_mae)]])].forEach(([k,v])=>{
  const e=document.createElement('div');e.className='tile';e.innerHTML=`<b>${esc(v)}</b><span>${esc(k)}</span>`;$('tiles').append(e)});
$('legend').innerHTML='<i style="background:var(--ink);margin-left:0"></i>observed<i style="background:var(--soft);height:8px;opacity:.35"></i>forecast with its band'+
  '<i style="background:var(--bad)"></i>constraint<i style="width:3px;height:12px;background:var(--good)"></i>'+(scales?'changed':'moved here');
const W=1080,H=150,L=38,R=8,T=8,B=18;
let lo=Infinity,hi=-Infinity;
for(const n of names)for(const p of D.sites[n])for(const v of[p.observed,p.low,p.high,p.forecast])if(v!==null){lo=Math.min(lo,v);hi=Math.max(hi,v)}
if(D.constraint!==null){lo=Math.min(lo,D.constraint);hi=Math.max(hi,D.constraint)}
if(!(hi>lo)){lo-=.5;hi+=.5}const pad=(hi-lo)*.05;lo-=pad;hi+=pad;
const X=t=>L+(t-t0)/(t1-t0||1)*(W-L-R),Y=v=>T+(hi-v)/(hi-lo)*(H-T-B);
function line(points,key){let s='',on=false;for(const p of points){if(p[key]===null){on=false;continue}
  s+=(on?'L':'M')+X(ms(p.at)).toFixed(1)+' '+Y(p[key]).toFixed(1);on=true}return s}
function band(points){let s='',run=[];const flush=()=>{if(run.length>1)s+='M'+run.map(p=>X(ms(p.at)).toFixed(1)+' '+Y(p.high).toFixed(1)).join('L')+
  'L'+run.slice().reverse().map(p=>X(ms(p.at)).toFixed(1)+' '+Y(p.low).toFixed(1)).join('L')+'Z';run=[]};
  for(const p of points)p.low===null||p.high===null?flush():run.push(p);flush();return s}
function axis(){let s='';const hours=(t1-t0)/36e5,step=[.25,.5,1,2,6,12,24,48,168,336,720,2160].find(s=>hours/s<=16)||8760;
  for(let t=Math.ceil(t0/36e5/step)*step*36e5;t<=t1;t+=step*36e5)s+=`<line x1="${X(t)}" x2="${X(t)}" y1="${T}" y2="${H-B}" stroke="var(--line)"/><text x="${X(t)}" y="${H-4}" text-anchor="middle">${step<24?hm(t):new Date(t).toISOString().slice(5,10)}</text>`;
  for(let i=0;i<=3;i++){const v=lo+(hi-lo)*i/3;s+=`<text x="${L-5}" y="${Y(v)+4}" text-anchor="end">${v.toFixed(2)}</text>`}return s}
const moved=D.decisions.filter(d=>(d.action==='place'||d.action==='scale')&&(d.outcome==='done'||d.outcome==='planned'));
for(const n of names){const P=D.sites[n],c=colour[n];const e=document.createElement('div');e.className='panel';
  e.innerHTML=`<b style="color:${c}">${esc(n)}</b><svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${esc(n)}">${axis()}
  <path d="${band(P)}" fill="${c}" opacity=".18"/><path d="${line(P,'forecast')}" fill="none" stroke="${c}" stroke-width="1.3" stroke-dasharray="4 3"/>
  <path d="${line(P,'observed')}" fill="none" stroke="var(--ink)" stroke-width="1.2"/>`+
  (D.constraint===null?'':`<line x1="${L}" x2="${W-R}" y1="${Y(D.constraint)}" y2="${Y(D.constraint)}" stroke="var(--bad)" stroke-dasharray="2 4"/>`)+
  moved.filter(d=>d.action==='scale'?d.application===n:d.site===n).map(d=>`<line x1="${X(ms(d.at))}" x2="${X(ms(d.at))}" y1="${T}" y2="${H-B}" stroke="var(--good)" stroke-width="2"/>`).join('')+'</svg>';
  const svg=e.querySelector('svg');svg.onmousemove=ev=>{const r=svg.getBoundingClientRect(),t=t0+((ev.clientX-r.left)/r.width*W-L)/(W-L-R)*(t1-t0);
    let best=null;for(const p of P)if(!best||Math.abs(ms(p.at)-t)<Math.abs(ms(best.at)-t))best=p;if(!best)return;const tip=$('tip');
    tip.textContent=`${n}  ${dhm(ms(best.at))}\nobserved ${f3(best.observed)}\nforecast ${f3(best.forecast)}  [${f3(best.low)}, ${f3(best.high)}]`;
    tip.style.display='block';tip.style.left=Math.min(ev.clientX+14,innerWidth-230)+'px';tip.style.top=ev.clientY+14+'px'};svg.onmouseleave=()=>$('tip').style.display='none';$('charts').append(e)}
$('sizelegend').innerHTML='<i style="background:var(--ink);margin-left:0"></i>used<i style="background:#2f6fde"></i>limit<i style="background:#e07a1f"></i>wished for<i style="width:3px;height:12px;background:var(--good)"></i>changed<i style="width:3px;height:12px;background:var(--bad)"></i>killed for want of memory';
for(const n of apps)for(const[part,title,unit]of[['cpu','CPU, cores',1],['memory','memory, MiB',1048576]]){const P=D.sizes[n].map(p=>({at:p.at,kills:p.kills,changed:p.in_effect&&p[part].value!==null&&p[part].value!==p[part].current,
   usage:p[part].usage===null?null:p[part].usage/unit,wish:p[part].wish===null?null:p[part].wish/unit,before:p[part].current===null?null:p[part].current/unit,limit:(v=>v===null?null:v/unit)(p.in_effect&&p[part].value!==null?p[part].value:p[part].current)}));
  const most=1.06*P.reduce((a,p)=>Math.max(a,p.usage||0,p.wish||0,p.limit||0,p.before||0),0)||1,y=v=>T+(most-v)/most*(H-T-B),x=t=>X(ms(t)).toFixed(1);
  const tens=10**Math.floor(Math.log10(most/3)),f=most/3/tens,step=(f>5?10:f>2?5:f>1?2:1)*tens;
  let grid='';for(let v=0;v<=most;v+=step)grid+=`<line x1="${L}" x2="${W-R}" y1="${y(v)}" y2="${y(v)}" stroke="var(--line)"/><text x="${L-5}" y="${y(v)+4}" text-anchor="end">${+v.toPrecision(3)}</text>`;
  const path=k=>{let s='',on=false;for(const p of P){if(p[k]===null){on=false;continue}s+=(on?'L':'M')+x(p.at)+' '+y(p[k]).toFixed(1);on=true}return s};
  let limit='';P.forEach((p,i)=>{if(p.limit===null)return;const to=i+1<P.length?x(P[i+1].at):W-R;limit+=(limit&&i&&P[i-1].limit!==null?'L':'M')+x(p.at)+' '+y(p.limit).toFixed(1)+'H'+to});
  const e=document.createElement('div');e.className='panel';
  e.innerHTML=`<b>${esc(n)}</b> ${title}<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${esc(n)} ${title}">${axis().replace(/<text[^>]*text-anchor="end">[^<]*<[/]text>/g,'')}${grid}
  ${P.filter(p=>p.changed).map(p=>`<line x1="${x(p.at)}" x2="${x(p.at)}" y1="${T}" y2="${H-B}" stroke="var(--good)" opacity="${P.length>400?.25:.6}"/>`).join('')}
  <path d="${path('wish')}" fill="none" stroke="#e07a1f" stroke-width="1.1" stroke-dasharray="4 3"/><path d="${limit}" fill="none" stroke="#2f6fde" stroke-width="1.8"/><path d="${path('usage')}" fill="none" stroke="var(--ink)" stroke-width="1.1"/>
  ${part==='memory'?P.filter(p=>p.kills).map(p=>`<line x1="${x(p.at)}" x2="${x(p.at)}" y1="${T}" y2="${H-B}" stroke="var(--bad)" stroke-width="2"><title>${p.kills} killed</title></line>`).join(''):''}</svg>`;
  const svg=e.querySelector('svg');svg.onmousemove=ev=>{const r=svg.getBoundingClientRect(),t=t0+((ev.clientX-r.left)/r.width*W-L)/(W-L-R)*(t1-t0);
    let best=null;for(const p of P)if(!best||Math.abs(ms(p.at)-t)<Math.abs(ms(best.at)-t))best=p;if(!best)return;const tip=$('tip');
    tip.textContent=`${n}  ${dhm(ms(best.at))}\n${title}\nused ${f3(best.usage)}\nwished for ${f3(best.wish)}\nlimit ${f3(best.before)}${best.limit===best.before?'':` → ${f3(best.limit)}`}`;
    tip.style.display='block';tip.style.left=Math.min(ev.clientX+14,innerWidth-230)+'px';tip.style.top=ev.clientY+14+'px'};svg.onmouseleave=()=>$('tip').style.display='none';$('sizes').append(e)}
if(!sizes){let s=`<svg viewBox="0 0 ${W} 52">`;D.decisions.forEach((d,i)=>{const at=d.action==='place'&&(d.outcome==='done'||d.outcome==='planned')?d.site:d.current;if(!at)return;
  const a=X(times[i]),b=i+1<times.length?X(times[i+1]):W-R;s+=`<rect x="${a}" y="6" width="${Math.max(.6,b-a+.3)}" height="24" fill="${colour[at]||'var(--soft)'}"><title>${esc(at)} ${dhm(times[i])}</title></rect>`});
  names.forEach((n,i)=>s+=`<rect x="${L+i*150}" y="38" width="10" height="10" fill="${colour[n]}"/><text x="${L+14+i*150}" y="47">${esc(n)}</text>`);$('strip').innerHTML=s+'</svg>'}
const several=new Set(D.decisions.map(d=>d.application)).size>1;
function rows(all){$('moves').setAttribute('aria-pressed',!all);$('all').setAttribute('aria-pressed',all);
  $('rows').innerHTML=D.decisions.filter(d=>all||d.action!=='hold').map(d=>`<tr><td class="t">${dhm(ms(d.at))}</td><td class="${d.action==='hold'?'':'move'}">${several?esc(d.application)+': ':''}`+
  `${d.action==='place'||d.action==='scale'||d.action==='resize'?`${esc(d.current||'?')} → ${esc(d.site)}`:esc(d.action)}</td><td>${esc(d.rule)}</td><td>${esc(d.outcome)}</td><td><details><summary>${esc(d.why.split('\n')[0])}</summary><pre>${esc(d.why)}\n${esc(d.id)}</pre></details></td></tr>`).join('')||'<tr><td colspan="5">none</td></tr>'}
$('moves').onclick=()=>rows(false);$('all').onclick=()=>rows(true);rows(false);
$('foot').textContent=(F.decisions>D.decisions.length?`The newest ${D.decisions.length} decisions are listed, and series are thinned. `:'')+'Every figure on this page was computed from the decision journal. Decisions by rule: '+Object.entries(F.rules).map(([k,v])=>`${k} ${v}`).join(', ')+'.';
</script></body></html>
)page";
}

namespace {

void replace(std::string& text, std::string_view marker, std::string_view by) {
  if (const std::size_t at = text.find(marker); at != std::string::npos)
    text.replace(at, marker.size(), by);
}

}  // namespace

std::string fill_page(std::string_view page, const Value& data) {
  std::string json = dump_json(data);
  // "</script>" or "<!--" inside a string would end the data block, or hide its end.
  for (std::size_t at = json.find('<'); at != std::string::npos; at = json.find('<', at))
    json.replace(at, 1, "\\u003c");
  std::string out(page);
  replace(out, "@LOOKS@", figures_style());
  replace(out, "@FIGURES@", figures_script());
  replace(out, "@DATA@", json);
  return out;
}

}  // namespace learningplane::report
