#include "report/page.hpp"

namespace learningplane::report {

// Plain SVG drawn by a few lines of script, as the journal's page.
std::string_view simulation_page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane simulation</title>
<style>
:root{--ink:#1c2733;--soft:#5b6b7a;--line:#dde3e9;--back:#f6f8fa;--card:#fff;--bad:#c2412d}
@media (prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa8b5;--line:#33404c;--back:#141a20;--card:#1c242c;--bad:#f0806c}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
main{max-width:1160px;margin:0 auto;padding:24px 20px 60px}h1{font-size:22px;margin:0 0 2px}h2{font-size:16px;margin:28px 0 4px}
.sub,.note{color:var(--soft);font-size:13px;margin:0 0 8px}.panel{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 10px;margin-bottom:8px;overflow-x:auto}
.legend{color:var(--soft);font-size:13px;margin:0 0 6px}.legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin:0 5px 0 14px}.legend i:first-child{margin-left:0}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}svg text.name{fill:var(--ink);font-size:12.5px;font-weight:600}svg text.value{fill:var(--ink)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:0 12px}
table{border-collapse:collapse;width:100%;font-size:13.5px}th,td{text-align:right;padding:4px 7px;border-bottom:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums;vertical-align:top}
th{color:var(--soft);font-weight:600}th:first-child,td:first-child,.left th,.left td{text-align:left}.left td:last-child{white-space:normal;font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p>
<h2>Policies</h2><div class="panel"><table><thead id="head"></thead><tbody id="rows"></tbody></table></div>
<h2>Load, the whole trace</h2><p class="note">the shaded part is what was simulated</p><div class="panel" id="whole"></div>
<h2>Load and forecast, simulated part</h2><p class="legend" id="loadkey"></p><div class="panel" id="load"></div>
<div class="two"><div><h2>Forecast errors, open loop</h2><p class="note" id="openkey"></p><div class="panel" id="open"></div></div>
<div><h2>Forecast errors, closed loop</h2><p class="note" id="closedkey"></p><div class="panel" id="closed"></div></div></div>
<div class="two"><div><h2>Latency of one instance by its load</h2><p class="note">box p25 to p75 with the median; marks p95 and p99; dashed the bounds</p><div class="panel" id="capacity"></div></div>
<div><h2>Highest latency of a slot, percentiles</h2><p class="legend" id="tailkey"></p><div class="panel" id="tail"></div></div></div>
<h2>Instances over time</h2><div class="panel" id="instances"></div>
<h2 id="latencyhead"></h2><p class="note">dashed: the bounds; the axis ends where penalties begin to hide the rest, what is above touches the top</p><div class="panel" id="latency"></div>
<div class="two"><div><h2>Scaling events</h2><p class="note">logarithmic</p><div class="panel" id="events"></div></div>
<div><h2>Instance-minutes</h2><p class="note" id="minutesnote"></p><div class="panel" id="minutes"></div></div></div>
<h2>Slots above each bound</h2><p class="legend" id="boundkey"></p><div class="panel" id="violations"></div>
<div id="sweeps"></div>
<h2>How each policy was set</h2><div class="panel"><table class="left"><thead><tr><th>policy</th><th>kind</th><th>forecast from</th><th>options</th></tr></thead><tbody id="settings"></tbody></table></div>
<p class="sub" id="foot"></p></main>
<script id="data" type="application/json">@DATA@</script>
<script>
'use strict';
const D=JSON.parse(document.getElementById('data').textContent),$=id=>document.getElementById(id);
const colours=['#2f6fde','#e07a1f','#1a9e77','#9b59b6','#c2412d','#6b7f1a','#0f8fa8','#b0457b'];
const esc=s=>String(s).replace(/[&<>"]/g,c=>({'&':'&amp;','<':'&lt;','>':'&gt;','"':'&quot;'}[c]));
const n0=x=>x===null||x===undefined?'–':Math.round(x).toLocaleString('en'),g3=x=>x===null||x===undefined?'–':String(+(+x).toPrecision(3));
const pc=x=>x===null?'–':x.toFixed(3);
const P=D.policies,colour=i=>colours[i%colours.length],slotMs=D.trace.slot;
const name=P.map(p=>p.name+(p.window?` (${p.window>=60&&p.window%60===0?p.window/60+' h':g3(p.window)+' min'})`:''));
const pq='p'+g3(100*D.quantile),keys=D.bounds.map(b=>g3(b)),viol=(p,i)=>Object.values(p.violations)[i];
document.title=`learningplane simulation, ${D.protocol} protocol`;
$('title').textContent=`Scaling policies on ${D.source}`;
$('sub').textContent=`protocol ${D.protocol}; ${n0(D.run.slots)} slots of ${g3(slotMs/1000)} s from slot ${n0(D.run.first)}; seed ${D.seed}; latencies ${D.latencies_are}; start-up ${D.startup_slots} slots; forecasts by ${D.forecaster}`;
$('head').innerHTML='<tr><th>policy (window)</th><th>events</th>'+keys.map(k=>`<th>&gt; ${k}, %</th>`).join('')+'<th>instance-minutes</th><th>penalties at p</th><th>most</th><th>failures</th><th>cost</th><th>kWh</th></tr>';
$('rows').innerHTML=P.map((p,i)=>`<tr><td style="color:${colour(i)}">${esc(name[i])}</td><td>${n0(p.events)}</td>${keys.map((_,k)=>`<td>${pc(viol(p,k))}</td>`).join('')}<td>${n0(p.instance_minutes)}</td><td>${p.penalty_percentile.toFixed(2)}</td><td>${n0(p.max_instances)}</td><td>${n0(p.failures)}</td><td>${p.cost?g3(p.cost):'–'}</td><td>${p.kilowatt_hours?g3(p.kilowatt_hours):'–'}</td></tr>`).join('');
const L=56,R=24,T=8,B=20;
const nice=(lo,hi,n)=>{const s=(hi-lo)/n||1,m=10**Math.floor(Math.log10(s)),f=s/m,step=(f>5?10:f>2?5:f>1?2:1)*m,out=[];for(let v=Math.ceil(lo/step-1e-9)*step;v<=hi+step*1e-6;v+=step)out.push(+v.toPrecision(12));return out};
function frame(w,h,[x0,x1],[y0,y1],xt,ticks=4){const X=x=>L+(x-x0)/(x1-x0||1)*(w-L-R),Y=y=>T+(y1-y)/(y1-y0||1)*(h-T-B);let s='';
  for(const v of nice(y0,y1,ticks))s+=`<line x1="${L}" x2="${w-R}" y1="${Y(v)}" y2="${Y(v)}" stroke="var(--line)"/><text x="${L-5}" y="${Y(v)+4}" text-anchor="end">${g3(v)}</text>`;
  for(const[v,t]of xt)s+=`<line x1="${X(v)}" x2="${X(v)}" y1="${T}" y2="${h-B}" stroke="var(--line)"/><text x="${X(v)}" y="${h-5}" text-anchor="${X(v)>w-R-24?'end':'middle'}">${t}</text>`;return{X,Y,s}}
const days=['Sun','Mon','Tue','Wed','Thu','Fri','Sat'];
function times(t0,t1){const H=36e5,span=t1-t0,step=span>40*24*H?7*24*H:span>12*24*H?2*24*H:span>1.5*24*H?24*H:span>8*H?4*H:span>2*H?H:10*6e4,out=[];
  for(let t=Math.ceil(t0/step)*step;t<=t1;t+=step){const d=new Date(t),i=d.toISOString();out.push([t,step>=24*H?`${days[d.getUTCDay()]} ${i.slice(5,10)}`:i.slice(11,16)])}return out}
function line(F,xs,ys,top=Infinity){let s='',on=false;ys.forEach((y,i)=>{if(y===null||y===undefined){on=false;return}s+=(on?'L':'M')+F.X(xs[i]).toFixed(1)+' '+F.Y(Math.min(y,top)).toFixed(1);on=true});return s}
const svg=(w,h,s,l)=>`<svg viewBox="0 0 ${w} ${h}" role="img" aria-label="${esc(l)}">${s}</svg>`;
const path=(d,c,w=1.4,x='')=>`<path d="${d}" fill="none" stroke="${c}" stroke-width="${w}" stroke-linejoin="round" ${x}/>`;
const high=v=>v.reduce((a,b)=>b!==null&&b>a?b:a,0);
const W=1100,at=(r,i)=>r.from+i*r.group*slotMs,t0=D.run.from,t1=D.run.from+D.run.slots*slotMs;
{const r=D.trace,xs=r.load.map((_,i)=>at(r,i)),F=frame(W,170,[r.from,r.from+r.slots*slotMs],[0,high(r.load)||1],times(r.from,r.from+r.slots*slotMs));
 $('whole').innerHTML=svg(W,170,`<rect x="${F.X(t0)}" width="${F.X(t1)-F.X(t0)}" y="${T}" height="${170-T-B}" fill="#2f6fde" opacity=".1"/>`+F.s+path(line(F,xs,r.load),'var(--ink)',1),'load of the whole trace')}
{const r=D.run,xs=r.load.map((_,i)=>at(r,i)),s=D.streams,F=frame(W,230,[t0,t1],[0,Math.max(high(r.load),s*high(r.open),s*high(r.closed))||1],times(t0,t1));
 const up=v=>v.map(x=>x===null?null:x*s);
 $('loadkey').innerHTML='<i style="background:var(--ink)"></i>load<i style="background:#2f6fde"></i>one step ahead (open loop)<i style="background:#e07a1f"></i>from its own forecasts (closed loop)';
 $('load').innerHTML=svg(W,230,F.s+path(line(F,xs,up(r.closed)),'#e07a1f',1.2)+path(line(F,xs,up(r.open)),'#2f6fde',1.2)+path(line(F,xs,r.load),'var(--ink)',1.1),'load and forecast')}
for(const[id,e,c]of[['open',D.errors.open,'#2f6fde'],['closed',D.errors.closed,'#e07a1f']]){const w=540,h=230;
 $(id+'key').textContent=e.known?`forecast minus load, % of ${n0(e.known)} slots; mean absolute error ${g3(e.mae)}`:'no forecasts';
 if(!e.known)continue;const xs=e.bars.map(b=>b[0]),m=Math.max(...xs.map(Math.abs),2*e.width)+e.width,F=frame(w,h,[-m,m],[0,high(e.bars.map(b=>b[1]))],nice(-m,m,8).map(v=>[v,g3(v)]));
 $(id).innerHTML=svg(w,h,F.s+e.bars.map(([x,y])=>`<rect x="${F.X(x-.4*e.width)}" width="${F.X(x+.4*e.width)-F.X(x-.4*e.width)}" y="${F.Y(y)}" height="${F.Y(0)-F.Y(y)}" fill="${c}"><title>${g3(x)}: ${g3(y)} %</title></rect>`).join(''),'errors '+id)}
{const w=540,h=270,rows=D.latency.slice(0,20),q=(r,p)=>{const a=r.points;for(let i=1;i<a.length;i++)if(p<=a[i][0]){const f=(p-a[i-1][0])/(a[i][0]-a[i-1][0]);return a[i-1][1]+f*(a[i][1]-a[i-1][1])}return a[a.length-1][1]};
 const step=rows.length>1?rows[1].load-rows[0].load:1,x0=rows[0].load-step,x1=rows[rows.length-1].load+step,F=frame(w,h,[x0,x1],[0,1.05*Math.max(...rows.map(r=>q(r,.99)),D.bounds[2])],rows.filter((_,i)=>i%Math.ceil(rows.length/10)===0).map(r=>[r.load,g3(r.load)]));let s=F.s;
 for(const b of[D.bounds[0],D.bounds[2]])s+=`<line x1="${L}" x2="${w-R}" y1="${F.Y(b)}" y2="${F.Y(b)}" stroke="var(--bad)" stroke-dasharray="4 4"/>`;
 for(const r of rows){const a=F.X(r.load-.28*step),b=F.X(r.load+.28*step),m=F.X(r.load);s+=`<rect x="${a}" width="${b-a}" y="${F.Y(q(r,.75))}" height="${Math.max(1,F.Y(q(r,.25))-F.Y(q(r,.75)))}" fill="#2f6fde" opacity=".35"/><line x1="${a}" x2="${b}" y1="${F.Y(q(r,.5))}" y2="${F.Y(q(r,.5))}" stroke="#2f6fde" stroke-width="2"/><line x1="${m}" x2="${m}" y1="${F.Y(q(r,.75))}" y2="${F.Y(q(r,.99))}" stroke="#2f6fde"/>`+
  [.95,.99].map(p=>`<line x1="${m-5}" x2="${m+5}" y1="${F.Y(q(r,p))}" y2="${F.Y(q(r,p))}" stroke="#2f6fde" stroke-width="1.6"><title>p${100*p} ${g3(q(r,p))}</title></line>`).join('')}
 $('capacity').innerHTML=svg(w,h,s,'latency by load')}
const levels=[.5,.75,.9,.95,.99,.995,.999,.9995,.9999],nines=p=>-Math.log10(1-p);
function tails(w,h,list){const F=frame(w,h,[nines(.5),nines(.9999)],[0,1.05*Math.max(1,...list.flatMap(l=>l.v))],[[.5,'p50'],[.9,'p90'],[.99,'p99'],[.999,'p99.9'],[.9999,'p99.99']].map(([p,t])=>[nines(p),t]));
 return svg(w,h,F.s+list.map(l=>path(line(F,levels.map(nines),l.v),l.c,1.8,l.x||'')).join(''),'latency percentiles')}
const policyKey=P.map((p,i)=>`<i style="background:${colour(i)}"></i>${esc(p.name)}`).join('');
$('tailkey').innerHTML=policyKey;$('tail').innerHTML=tails(540,270,P.map((p,i)=>({v:p.percentiles,c:colour(i)})));
{const h=74,most=Math.max(...P.map(p=>p.max_instances));let s='',y=0;
 P.forEach((p,i)=>{const F=frame(W,h,[t0,t1],[0,most+.3],i===P.length-1?times(t0,t1):times(t0,t1).map(([v])=>[v,'']),2);let d='';
  p.instances.forEach(([k,n],j)=>{const x=F.X(t0+k*slotMs).toFixed(1);d+=(j?`H${x}`:`M${x} ${F.Y(n)}`)+`V${F.Y(n).toFixed(1)}`});d+=`H${F.X(t1).toFixed(1)}`;
  s+=`<g transform="translate(0 ${y+14})">${F.s}${path(d,colour(i),1.3)}<text class="name" x="${L}" y="-1">${esc(name[i])}: ${n0(p.events)} events</text></g>`;y+=h+14});
 $('instances').innerHTML=svg(W,y+2,s,'instances over time')}
$('latencyhead').textContent=`${pq} of the latency over time`;
{const h=112,top=Math.max(1.6*D.bounds[2],1);let s='',y=0;const xs=D.run.load.map((_,i)=>at(D.run,i));
 P.forEach((p,i)=>{const F=frame(W,h,[t0,t1],[0,top],i===P.length-1?times(t0,t1):times(t0,t1).map(([v])=>[v,'']),3);
  s+=`<g transform="translate(0 ${y+14})">${F.s}${path(line(F,xs,p.latency,top),colour(i),1)}`+[D.bounds[0],D.bounds[2]].map(b=>`<line x1="${L}" x2="${W-R}" y1="${F.Y(b)}" y2="${F.Y(b)}" stroke="var(--bad)" stroke-dasharray="4 4"/>`).join('')+`<text class="name" x="${L}" y="-1">${esc(name[i])}: ${pc(viol(p,2))} % of slots above ${keys[2]}</text></g>`;y+=h+14});
 $('latency').innerHTML=svg(W,y+2,s,'latency over time')}
function bars(w,values,labels,cs,scale,show){const h=24*values.length+6,x0=Math.min(200,8+7*Math.max(...labels.map(l=>l.length))),top=Math.max(...values.map(scale))||1;
 return svg(w,h,values.map((v,i)=>{const b=Math.max(1,scale(v)/top*(w-x0-116));return `<text class="value" x="${x0-6}" y="${24*i+17}" text-anchor="end">${esc(labels[i])}</text><rect x="${x0}" y="${24*i+5}" width="${b}" height="16" rx="2" fill="${cs[i]}"/><text class="value" x="${x0+b+6}" y="${24*i+17}">${show(v)}</text>`}).join(''),'bars')}
const cs=P.map((_,i)=>colour(i)),log=v=>Math.log10(1+v);
$('events').innerHTML=bars(540,P.map(p=>p.events),name,cs,log,n0);
{const least=Math.min(...P.map(p=>p.instance_minutes));$('minutesnote').textContent='and how much more than the least';
 $('minutes').innerHTML=bars(540,P.map(p=>p.instance_minutes),name,cs,v=>v,v=>`${n0(v)} +${(100*(v/least-1)).toFixed(1)} %`)}
const shades=['.35','.65','1'];$('boundkey').innerHTML=keys.map((k,i)=>`<i style="background:var(--ink);opacity:${shades[i]};height:9px"></i>above ${k}`).join('');
function groups(w,labels,list,cs,show){const h=230,n=labels.length,m=list[0].length,F=frame(w,h,[0,n],[0,high(list.flat())*1.12||1],[]),g=.8/m;let s=F.s;
 list.forEach((vs,i)=>{vs.forEach((v,k)=>{const x=F.X(i+.1+k*g),b=F.X(i+.1+(k+.9)*g)-x;s+=`<rect x="${x}" width="${b}" y="${F.Y(v)}" height="${Math.max(.8,F.Y(0)-F.Y(v))}" fill="${cs(i,k)[0]}" opacity="${cs(i,k)[1]}"/><text x="${x+b/2}" y="${F.Y(v)-4}" text-anchor="middle" style="font-size:10px">${show(v)}</text>`});
  s+=`<text class="value" x="${F.X(i+.5)}" y="${h-5}" text-anchor="middle">${esc(labels[i])}</text>`});return svg(w,h,s,'groups')}
$('violations').innerHTML=groups(W,name,P.map(p=>keys.map((_,k)=>viol(p,k))),(i,k)=>[colour(i),shades[k]],v=>v.toFixed(2));
if(D.sweeps.length){const mins=r=>r.window>=60&&r.window%60===0?r.window/60+' h':g3(r.window)+' min',all=D.sweeps.flatMap((s,i)=>s.runs.map((r,k)=>({r,label:`${s.name} ${mins(r)}`,c:colours[(i*3+(i?1:0))%8],o:[.45,.7,1][Math.min(2,k)],x:['stroke-dasharray="2 3"','stroke-dasharray="7 3"',''][Math.min(2,k)]})));
 $('sweeps').innerHTML='<h2>Size of the window</h2><p class="note">the same policies with other windows</p><div class="two"><div><p class="note">events</p><div class="panel" id="sw1"></div></div><div><p class="note">instance-minutes</p><div class="panel" id="sw2"></div></div><div><p class="note">highest latency of a slot, percentiles; dotted, dashed, solid: windows from short to long</p><p class="legend" id="swkey"></p><div class="panel" id="sw3"></div></div><div><p class="note">% of slots above each bound</p><div class="panel" id="sw4" style="overflow-x:auto"></div></div></div>';
 const l=all.map(a=>a.label),c=all.map(a=>a.c);$('sw1').innerHTML=bars(540,all.map(a=>a.r.events),l,c,v=>v,n0);$('sw2').innerHTML=bars(540,all.map(a=>a.r.instance_minutes),l,c,v=>v,n0);
 $('swkey').innerHTML=D.sweeps.map((s,i)=>`<i style="background:${colours[(i*3+(i?1:0))%8]}"></i>${esc(s.name)}`).join('');
 $('sw3').innerHTML=tails(540,250,all.map(a=>({v:a.r.percentiles,c:a.c,x:a.x})));
 $('sw4').innerHTML='<table><thead><tr><th>policy, window</th>'+keys.map(k=>`<th>&gt; ${k}</th>`).join('')+'</tr></thead><tbody>'+all.map(a=>`<tr><td style="color:${a.c}">${esc(a.label)}</td>${keys.map((_,k)=>`<td>${pc(viol(a.r,k))}</td>`).join('')}</tr>`).join('')+'</tbody></table>'}
$('settings').innerHTML=P.map((p,i)=>`<tr><td style="color:${colour(i)}">${esc(p.name)}</td><td>${esc(p.kind)}</td><td>${esc(p.forecasts)}</td><td>${esc(p.options==='{}'?'defaults':p.options)}</td></tr>`).join('');
$('foot').textContent=`Every figure on this page is of the ${D.protocol} protocol. Lines show the highest value of each ${D.run.group} slots. Penalties at p: the percentile of slots, by their highest latency, from which on a moved stream's penalty is what is seen.`;
</script></body></html>
)page";
}

}  // namespace learningplane::report
