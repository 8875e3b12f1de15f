#include "report/page.hpp"

namespace learningplane::report {

// Plain SVG drawn by a few lines of script, as the journal's page.
std::string_view evaluation_page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane evaluation</title>
<style>
:root{--ink:#1c2733;--soft:#5b6b7a;--line:#dde3e9;--back:#f6f8fa;--card:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa8b5;--line:#33404c;--back:#141a20;--card:#1c242c}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
main{max-width:1160px;margin:0 auto;padding:24px 20px 60px}h1{font-size:22px;margin:0 0 2px}h2{font-size:16px;margin:28px 0 8px}
.sub,.legend{color:var(--soft);font-size:13px;margin:0 0 8px}.panel{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 10px;margin-bottom:8px;overflow-x:auto}
.legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin:0 5px 0 14px}svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px}th,td{text-align:right;padding:4px 7px;border-bottom:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums}
th{color:var(--soft);font-weight:600}th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
select{font:inherit;padding:3px 6px;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:6px}
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p>
<h2>Forecasts over the truth</h2><p class="legend">group <select id="group"></select> model <select id="model"></select>
<i style="background:var(--ink)"></i>truth<i id="key"></i>forecast from each origin, with its outermost quantiles</p><div class="panel" id="paths"></div>
<div class="two"><div><h2>Mean absolute error by step</h2><p class="legend" id="names"></p><div class="panel" id="errors"></div></div>
<div><h2>Coverage: share of truths at or below each quantile, all steps</h2><p class="legend">the line is what was asked for</p><div class="panel" id="cover"></div></div></div>
<h2>Scores by horizon (steps 1 to h)</h2><div class="panel"><table><thead id="head"></thead><tbody id="rows"></tbody></table></div>
<p class="sub">over, under: of the plan (the highest quantile, else the mean), in shares of the usage; violation: share of steps above the plan; window: the plan's largest value held for
the whole window. Spikes: precision, recall, recall in which the plan reached the spike, F1. MAPE leaves out zero truths.</p></main>
<script id="data" type="application/json">@DATA@</script>
<script>
'use strict';
const D=JSON.parse(document.getElementById('data').textContent),$=id=>document.getElementById(id);
const colours=['#2f6fde','#e07a1f','#1a9e77','#9b59b6','#c2412d','#6b7f1a','#0f8fa8','#b0457b'];
const esc=s=>String(s).replace(/[&<>"]/g,c=>({'&':'&amp;','<':'&lt;','>':'&gt;','"':'&quot;'}[c]));
const g4=x=>x===null||x===undefined?'–':Math.abs(x)>=1e5||(x&&Math.abs(x)<1e-3)?x.toExponential(2):String(+x.toPrecision(4));
const dhm=t=>new Date(t).toISOString().slice(0,16).replace('T',' ');
const models=[...new Set(D.results.map(r=>r.model))],colour={};models.forEach((n,i)=>colour[n]=colours[i%colours.length]);
$('title').textContent=`${D.target}: ${models.join(', ')}`;
{const r=D.results[0];$('sub').textContent=`${D.source}; ${r.origins} rolling origins, ${r.mae_by_step.length} steps ahead, quantiles ${r.levels.join(', ')||'none'}`}
for(const g of D.groups)$('group').append(new Option(g.name));for(const m of models)$('model').append(new Option(m));
const W=1100,L=52,R=8,T=8,B=20;
function range(values){let lo=Infinity,hi=-Infinity;for(const v of values)if(v!==null&&v!==undefined){if(v<lo)lo=v;if(v>hi)hi=v}if(!(hi>=lo)){lo=0;hi=1}if(hi===lo){lo-=.5;hi+=.5}return[lo,hi]}
function frame(w,h,[x0,x1],[y0,y1],label){const pad=(y1-y0)*.05;y0-=pad;y1+=pad;const X=x=>L+(x-x0)/(x1-x0||1)*(w-L-R),Y=y=>T+(y1-y)/(y1-y0)*(h-T-B);let s='';
  for(let i=0;i<=4;i++){const v=y0+(y1-y0)*i/4;s+=`<line x1="${L}" x2="${w-R}" y1="${Y(v)}" y2="${Y(v)}" stroke="var(--line)"/><text x="${L-5}" y="${Y(v)+4}" text-anchor="end">${g4(+v.toPrecision(3))}</text>`;
    const x=x0+(x1-x0)*i/4;s+=`<text x="${X(x)}" y="${h-4}" text-anchor="${i===0?'start':i===4?'end':'middle'}">${label(x)}</text>`}return{X,Y,s}}
function line(F,xs,ys){let s='',on=false;xs.forEach((x,i)=>{const y=ys[i];if(y===null||y===undefined){on=false;return}s+=(on?'L':'M')+F.X(x).toFixed(1)+' '+F.Y(y).toFixed(1);on=true});return s}
function draw(){const g=D.groups.find(g=>g.name===$('group').value),r=D.results.find(r=>r.group===g.name&&r.model===$('model').value);if(!r)return;
  const c=colour[r.model];$('key').style.background=c;const all=[...g.truth.y];for(const p of r.paths)all.push(...p.mean,...p.low,...p.high);
  const t=g.truth.t,F=frame(W,330,[t[0],Math.max(t[t.length-1],...r.paths.map(p=>p.t[p.t.length-1]))],range(all),dhm);let s=F.s;
  for(const p of r.paths){if(p.low.length&&p.mean[0]!==null)s+=`<path d="${line(F,p.t,p.high)}${line(F,p.t.slice().reverse(),p.low.slice().reverse()).replace('M','L')}Z" fill="${c}" opacity=".16"/>`}
  s+=`<path d="${line(F,t,g.truth.y)}" fill="none" stroke="var(--ink)" stroke-width="1"/>`;
  for(const p of r.paths)s+=`<path d="${line(F,p.t,p.mean)}" fill="none" stroke="${c}" stroke-width="1.6"/>`;
  $('paths').innerHTML=`<svg viewBox="0 0 ${W} 330" role="img" aria-label="forecasts over the truth">${s}</svg>`;
  const mine=D.results.filter(r=>r.group===g.name),n=r.mae_by_step.length,E=frame(560,260,[1,n],range([0,...mine.flatMap(r=>r.mae_by_step)]),x=>Math.round(x));
  $('errors').innerHTML=`<svg viewBox="0 0 560 260">${E.s}${mine.map(r=>`<path d="${line(E,r.mae_by_step.map((_,i)=>i+1),r.mae_by_step)}" fill="none" stroke="${colour[r.model]}" stroke-width="1.8"/>`).join('')}</svg>`;
  const K=frame(560,260,[0,1],[0,1],x=>x.toFixed(2));$('cover').innerHTML=`<svg viewBox="0 0 560 260">${K.s}<path d="M${K.X(0)} ${K.Y(0)}L${K.X(1)} ${K.Y(1)}" stroke="var(--soft)" stroke-dasharray="3 4"/>`+
    mine.map(r=>{const h=r.horizons[r.horizons.length-1];return r.levels.map((l,i)=>h.coverage[i]===null?'':`<circle cx="${K.X(l)}" cy="${K.Y(h.coverage[i])}" r="5" fill="${colour[r.model]}"><title>${esc(r.model)}: ${l} asked, ${g4(h.coverage[i])} covered</title></circle>`).join('')}).join('')+'</svg>'}
$('names').innerHTML=models.map(m=>`<i style="background:${colour[m]}"></i>${esc(m)}`).join('');
$('group').onchange=$('model').onchange=draw;draw();
const columns=[['h',(r,h)=>h.horizon],['n',(r,h)=>h.n],['MAE',(r,h)=>h.mae],['RMSE',(r,h)=>h.rmse],['MAPE',(r,h)=>h.mape],['sMAPE',(r,h)=>h.smape],['MASE',(r,h)=>h.mase],['R²',(r,h)=>h.r2],
 ['pinball',(r,h)=>h.pinball.length?h.pinball.reduce((a,b)=>a+b,0)/h.pinball.length:null],['interval',(r,h)=>h.interval_coverage],['width',(r,h)=>h.interval_width],['over',(r,h)=>h.plan.over],['under',(r,h)=>h.plan.under],
 ['cost',(r,h)=>h.plan.cost],['slack',(r,h)=>h.plan.slack],['violation',(r,h)=>h.plan.violation],['window % under',(r,h)=>h.capacity.under_pct],['excess',(r,h)=>h.capacity.excess],['precision',(r,h)=>h.provisioning.precision],['recall',(r,h)=>h.provisioning.recall],
 ['covered',(r,h)=>h.provisioning.covered_recall],['F1',(r,h)=>h.provisioning.f1]];
$('head').innerHTML='<tr><th>group</th><th>model</th>'+columns.map(c=>`<th>${c[0]}</th>`).join('')+'</tr>';
$('rows').innerHTML=D.results.flatMap(r=>r.horizons.map(h=>`<tr><td>${esc(r.group)}</td><td style="color:${colour[r.model]}">${esc(r.model)}</td>${columns.map(c=>`<td>${g4(c[1](r,h))}</td>`).join('')}</tr>`)).join('');
</script></body></html>
)page";
}

}  // namespace learningplane::report
